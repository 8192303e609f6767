import { recordHeaderBytes } from '../../record.ts';
import { prelude } from './script-prelude.ts';

/**
 * KEYS index; ARGV start of the records' keys, lexical minimum, lexical maximum, now, most records to remove.
 * Answers {live records removed, 1 when there are no more, seen}.
 */
const removeRecords = `${prelude}
local now, most = tonumber(ARGV[4]), tonumber(ARGV[5])
local members = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[2], ARGV[3], 'LIMIT', 0, most + 1)
local done = 1
if #members > most then
  members[#members] = nil
  done = 0
end
if #members == 0 then return {0, 1, 0} end
local keys, deleted = {}, 0
for index, member in ipairs(members) do
  keys[index] = ARGV[1] .. member
  local state = read_head(redis.call('GETRANGE', keys[index], 0, ${recordHeaderBytes - 1}), now)
  if state == 'live' or state == 'corrupt' then deleted = deleted + 1 end
end
redis.call('UNLINK', unpack(keys))
redis.call('ZREM', KEYS[1], unpack(members))
return {deleted, done, seen}
`;

/**
 * KEYS index; ARGV start of the records' keys. Answers 1 when one of the first entries has a record, 0 when the index
 * is empty. Entries without one are removed on the way, and the next call goes on behind them: with pcall, as a store
 * that refuses writes still lists.
 */
const holdsRecord = `
for _ = 1, 10 do
  local members = redis.call('ZRANGE', KEYS[1], 0, 9)
  if #members == 0 then return 0 end
  for _, member in ipairs(members) do
    if redis.call('EXISTS', ARGV[1] .. member) == 1 then return 1 end
    redis.pcall('ZREM', KEYS[1], member)
  end
end
return 1
`;

export const removalScripts = {
  removeRecords: { numberOfKeys: 1, lua: removeRecords },
  holdsRecord: { numberOfKeys: 1, lua: holdsRecord },
};
