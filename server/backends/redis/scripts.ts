/**
 * The Lua scripts: one round trip and one atomic step for each operation that decides something.
 *
 * They read the fixed head of a record (server/record.ts) by GETRANGE, never the value, which may have megabytes. The
 * caller's `now` decides expiry. Numbers and revisions are compared as numbers: Lua compares strings by the locale.
 * All keys of a call share one hash slot.
 *
 * The head's checksum costs 7 us here, a third of a script. It is verified where something is decided on the head: in
 * conditions, in a touch, where an expiry is kept, and before a record is taken for expired or for newer. A head that
 * is only passed on is verified by the caller.
 *
 * What was taken for expired stands in the answer too (`seen` of the prelude), behind what is named below.
 *
 * Condition arguments: '' no condition, '*' any live record, '=' followed by the 16-byte revisions of the list.
 */

import type { Redis } from 'ioredis';
import { maxHeadBytes, recordHeaderBytes } from '../../record.ts';
import { runBatch } from './batch-script.ts';
import { removalScripts } from './removal-scripts.ts';
import { prelude } from './script-prelude.ts';

/**
 * KEYS record, index; ARGV member, record bytes, now, expiry: ms, '0' none or 'keep', If-Match, If-None-Match.
 * Answers created or replaced with the expiry, failed with the live revision or '', stale with the stored revision,
 * corrupt. An unreadable record is overwritten by an unconditional write that keeps nothing of it.
 */
const setRecord = `${prelude}
local now = tonumber(ARGV[3])
local decides = ARGV[5] ~= '' or ARGV[6] ~= '' or ARGV[4] == 'keep'
local head = redis.call('GETRANGE', KEYS[1], 0, ${recordHeaderBytes - 1})
local state, stored, old_expiry = read_head(head, now, decides)
local current = state == 'live' and stored or ''
if state == 'corrupt' and decides then return {'corrupt'} end
if not holds(ARGV[5], ARGV[6], current) then return {'failed', current, seen} end
if stored ~= '' and not precedes(stored, string.sub(ARGV[2], 17, 32)) and is_sound(head) then
  return {'stale', stored}
end

local keeps = ARGV[4] == 'keep' and state == 'live'
local expiry = keeps and old_expiry or tonumber(ARGV[4]) or 0
write_record(KEYS[1], ARGV[2], expiry, keeps, now)
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return {(state == 'live' or state == 'corrupt') and 'replaced' or 'created', expiry, seen}
`;

/**
 * KEYS record; ARGV now, expiry in ms or '0', If-Match, If-None-Match, 8 bytes of expiry and 16 of revision, their
 * checksum.
 * Answers touched with the head before, absent, failed with the revision, stale with the stored revision, corrupt.
 */
const touchRecord = `${prelude}
local now = tonumber(ARGV[1])
local head = redis.call('GETRANGE', KEYS[1], 0, ${maxHeadBytes - 1})
local state, stored = read_head(head, now, true)
if state == 'corrupt' then return {'corrupt'} end
if state ~= 'live' then return {'absent', '', seen} end
if not holds(ARGV[3], ARGV[4], stored) then return {'failed', stored} end
if not precedes(stored, string.sub(ARGV[5], 9, 24)) then return {'stale', stored} end

write_stamp(KEYS[1], ARGV[5], ARGV[6], tonumber(ARGV[2]), now)
return {'touched', head}
`;

/**
 * KEYS record, index; ARGV member, now, If-Match, If-None-Match.
 * Answers deleted, absent, failed with the revision, corrupt. Unconditionally an unreadable record is deleted too.
 */
const deleteRecord = `${prelude}
local head = redis.call('GETRANGE', KEYS[1], 0, ${recordHeaderBytes - 1})
local decides = ARGV[3] ~= '' or ARGV[4] ~= ''
local state, stored = read_head(head, tonumber(ARGV[2]), decides)
if state == 'corrupt' and decides then return {'corrupt'} end
if state == 'absent' or state == 'expired' then return {'absent', '', seen} end
if not holds(ARGV[3], ARGV[4], stored) then return {'failed', stored} end
redis.call('UNLINK', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return {'deleted'}
`;

/**
 * KEYS index; ARGV start of the records' keys, lexical minimum, lexical maximum, now, limit, '1' with values,
 * bound on the values' bytes, bound on the records examined.
 * Answers {last key examined, or nil when the listing is complete; {key, record or its head, ...}; seen}. An entry whose
 * record is gone is removed: with pcall, as a store that refuses writes still lists.
 */
const listRecords = `${prelude}
local minimum, now, limit, with_values = ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'
local max_value_bytes, max_examined = tonumber(ARGV[7]), tonumber(ARGV[8])
local chunk = math.max(limit + 1, 100)
local items, listed, examined, value_bytes, last = {}, 0, 0, 0, false
while true do
  local members = redis.call('ZRANGEBYLEX', KEYS[1], minimum, ARGV[3], 'LIMIT', 0, chunk)
  for _, member in ipairs(members) do
    if listed == limit or value_bytes > max_value_bytes or examined == max_examined then
      return {last, items, seen}
    end
    examined = examined + 1
    last = member
    local key = ARGV[1] .. member
    local bytes = redis.call('GETRANGE', key, 0, ${maxHeadBytes - 1})
    local state = read_head(bytes, now)
    if state == 'absent' then
      redis.pcall('ZREM', KEYS[1], member)
    elseif state ~= 'expired' then
      if with_values and state == 'live' then
        value_bytes = value_bytes + struct.unpack('>I4', bytes, 33)
        bytes = redis.call('GET', key)
      end
      listed = listed + 1
      items[#items + 1] = member
      items[#items + 1] = bytes
    end
  end
  if #members < chunk then return {false, items, seen} end
  minimum = '(' .. last
end
`;

/** As ioredis takes them: each becomes a method of the client that sends EVALSHA, or EVAL where Redis lacks it. */
export const scripts = {
  setRecord: { numberOfKeys: 2, lua: setRecord },
  touchRecord: { numberOfKeys: 1, lua: touchRecord },
  deleteRecord: { numberOfKeys: 2, lua: deleteRecord },
  listRecords: { numberOfKeys: 1, lua: listRecords },
  /** Its first argument is the number of its keys. */
  runBatch: { lua: runBatch },
  ...removalScripts,
};

type Script = (...keysThenArguments: readonly (string | number | Buffer)[]) => Promise<unknown>;

/** The client with the scripts' methods; `Buffer` in the name: strings in the answer arrive as bytes. */
export type ScriptedRedis = Redis & { readonly [name in keyof typeof scripts as `${name}Buffer`]: Script };
