/** The functions that the Lua scripts share; see scripts.ts. */

import { recordHeaderBytes, recordVersion } from '../../record.ts';
import { maxRevisionStart } from '../../revision.ts';

/** How long after its expiry Redis itself forgets a record: the server's clock may be behind that of Redis. */
const collectAfterMs = 60_000;

/** crc32 of each half byte (server/crc32.ts has the same by bytes). */
const nibbleTable = Array.from({ length: 16 }, (_, nibble) => {
  let crc = nibble;
  for (let bit = 0; bit < 4; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xed_b8_83_20;
  return crc >>> 0;
});

export const prelude = `
local function u64(bytes, at)
  local high, low = struct.unpack('>I4I4', bytes, at)
  return high * 4294967296 + low
end

-- crc32 of an expiry and a revision, as four bytes; half a byte a step
local nibbles = {[0] = ${nibbleTable.join(', ')}}
local function checksum(stamp)
  local crc = -1
  for at = 1, 24 do
    crc = bit.bxor(crc, string.byte(stamp, at))
    crc = bit.bxor(nibbles[bit.band(crc, 15)], bit.rshift(crc, 4))
    crc = bit.bxor(nibbles[bit.band(crc, 15)], bit.rshift(crc, 4))
  end
  return struct.pack('>I4', bit.bnot(crc) % 4294967296)
end

local function is_sound(bytes)
  return struct.unpack('>I4', bytes, 17) <= ${maxRevisionStart}
    and checksum(string.sub(bytes, 9, 32)) == string.sub(bytes, 37, 40)
end

-- The latest expiry that was taken for over, 0 = none; every answer that tells of a state ends with it
local seen = 0
local function is_over(expiry, now)
  if expiry == 0 or expiry > now then return false end
  if expiry > seen then seen = expiry end
  return true
end

-- Of a record's first bytes ('' = no record): {state, revision, expiry in ms, 0 = none}. A live one is verified only
-- where it decides something.
local function read_head(bytes, now, decides)
  if bytes == '' then return 'absent', '', 0 end
  if #bytes < ${recordHeaderBytes} or string.byte(bytes) ~= ${recordVersion} then return 'corrupt', '', 0 end
  local expiry = u64(bytes, 9)
  local expired = expiry ~= 0 and expiry <= now
  if (expired or decides) and not is_sound(bytes) then return 'corrupt', '', 0 end
  return is_over(expiry, now) and 'expired' or 'live', string.sub(bytes, 17, 32), expiry
end

local function precedes(a, b)
  local a1, a2, a3, a4 = struct.unpack('>I4I4I4I4', a)
  local b1, b2, b3, b4 = struct.unpack('>I4I4I4I4', b)
  if a1 ~= b1 then return a1 < b1 end
  if a2 ~= b2 then return a2 < b2 end
  if a3 ~= b3 then return a3 < b3 end
  return a4 < b4
end

local function lists(tags, revision)
  if revision == '' then return false end
  if tags == '*' then return true end
  for at = 2, #tags, 16 do
    if string.sub(tags, at, at + 15) == revision then return true end
  end
  return false
end

local function holds(if_match, if_none_match, revision)
  if if_match ~= '' and not lists(if_match, revision) then return false end
  return if_none_match == '' or not lists(if_none_match, revision)
end

-- PX of a record: relative, so that the clock of Redis does not matter
local function time_to_collect(expiry, now)
  return string.format('%.0f', math.max(expiry - now, 0) + ${collectAfterMs})
end

-- 'keeps': the expiry is that of the record before, so it is not in the bytes yet
local function write_record(key, bytes, expiry, keeps, now)
  if expiry == 0 then
    redis.call('SET', key, bytes)
    return
  end
  redis.call('SET', key, bytes, 'PX', time_to_collect(expiry, now))
  if keeps then
    local kept = struct.pack('>I4I4', math.floor(expiry / 4294967296), expiry % 4294967296)
    redis.call('SETRANGE', key, 8, kept)
    redis.call('SETRANGE', key, 36, checksum(kept .. string.sub(bytes, 17, 32)))
  end
end

-- 'stamp': 8 bytes of expiry and 16 of revision; 'sum': their checksum
local function write_stamp(key, stamp, sum, expiry, now)
  redis.call('SETRANGE', key, 8, stamp)
  redis.call('SETRANGE', key, 36, sum)
  if expiry == 0 then
    redis.call('PERSIST', key)
  else
    redis.call('PEXPIRE', key, time_to_collect(expiry, now))
  end
end
`;
