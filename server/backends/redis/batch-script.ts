/**
 * The atomic batch as one script: it decides every operation before it writes the first, on what each key holds at that
 * place in the order, and then does them in order. A script that has begun to write cannot be refused any more: Redis
 * looks at memory and disk when it starts, and its first write fails or none does.
 */

import { maxHeadBytes, recordHeaderBytes } from '../../record.ts';
import { prelude } from './script-prelude.ts';

/** Arguments of one operation. */
export const argumentsPerOperation = 8;

/**
 * KEYS records and indexes; ARGV now, bound on the bytes that gets read, then for each operation its name, the places of
 * record and index in KEYS, member, record bytes (set) or stamp with its checksum (touch), expiry as in the single scripts, If-Match,
 * If-None-Match.
 * Answers {done, {answer of each operation}}, or, with nothing written, {failed, place, live revision or ''},
 * {stale, place, stored revision} or {corrupt, place}; `seen` is the fourth. Places count from 1.
 */
export const runBatch = `${prelude}
local now, max_read = tonumber(ARGV[1]), tonumber(ARGV[2])
local count = (#ARGV - 2) / ${argumentsPerOperation}

local function operation(place)
  local at = 2 + (place - 1) * ${argumentsPerOperation}
  return {
    op = ARGV[at + 1], record = KEYS[tonumber(ARGV[at + 2])], index = KEYS[tonumber(ARGV[at + 3])],
    member = ARGV[at + 4], bytes = ARGV[at + 5], expiry = ARGV[at + 6], if_match = ARGV[at + 7],
    if_none_match = ARGV[at + 8]
  }
end

-- What each key holds at this place in the order
local heads = {}
local function head_of(record)
  local head = heads[record]
  if head then return head end
  local state, stored, expiry = read_head(redis.call('GETRANGE', record, 0, ${recordHeaderBytes - 1}), now, true)
  return {state = state, stored = stored, expiry = expiry}
end

local function live_until(expiry)
  return is_over(expiry, now) and 'expired' or 'live'
end

-- Each decides one operation: the word of its answer and what the key holds after it, or why the batch ends
local decide = {}

function decide.set(o, head)
  local current = head.state == 'live' and head.stored or ''
  local conditional = o.if_match ~= '' or o.if_none_match ~= ''
  if head.state == 'corrupt' and (conditional or o.expiry == 'keep') then return {'corrupt'} end
  if not holds(o.if_match, o.if_none_match, current) then return {'failed', current} end
  local revision = string.sub(o.bytes, 17, 32)
  if head.stored ~= '' and not precedes(head.stored, revision) then return {'stale', head.stored} end
  local keeps = o.expiry == 'keep' and head.state == 'live'
  local expiry = keeps and head.expiry or tonumber(o.expiry) or 0
  local there = head.state == 'live' or head.state == 'corrupt'
  return nil, {there and 'replaced' or 'created', expiry, keeps}, live_until(expiry), revision, expiry
end

function decide.touch(o, head)
  if head.state == 'corrupt' then return {'corrupt'} end
  if head.state ~= 'live' then return nil, {'absent'} end
  if not holds(o.if_match, o.if_none_match, head.stored) then return {'failed', head.stored} end
  local revision = string.sub(o.bytes, 9, 24)
  if not precedes(head.stored, revision) then return {'stale', head.stored} end
  local expiry = tonumber(o.expiry)
  return nil, {'touched'}, live_until(expiry), revision, expiry
end

function decide.delete(o, head)
  if head.state == 'corrupt' and (o.if_match ~= '' or o.if_none_match ~= '') then return {'corrupt'} end
  if head.state == 'absent' or head.state == 'expired' then return nil, {'absent'} end
  if not holds(o.if_match, o.if_none_match, head.stored) then return {'failed', head.stored} end
  return nil, {'deleted'}, 'absent', '', 0
end

local operations, decisions = {}, {}
for place = 1, count do
  local o = operation(place)
  operations[place] = o
  if o.op ~= 'get' then
    local refusal, decision, state, stored, expiry = decide[o.op](o, head_of(o.record))
    if refusal then return {refusal[1], place, refusal[2] or '', seen} end
    decisions[place] = decision
    if state then heads[o.record] = {state = state, stored = stored, expiry = expiry} end
  end
end

local carry_out = {}

function carry_out.set(o, decision)
  write_record(o.record, o.bytes, decision[2], decision[3], now)
  redis.call('ZADD', o.index, 0, o.member)
  return {decision[1], decision[2]}
end

function carry_out.touch(o)
  local head = redis.call('GETRANGE', o.record, 0, ${maxHeadBytes - 1})
  write_stamp(o.record, string.sub(o.bytes, 1, 24), string.sub(o.bytes, 25, 28), tonumber(o.expiry), now)
  return {'touched', head}
end

function carry_out.delete(o)
  redis.call('UNLINK', o.record)
  redis.call('ZREM', o.index, o.member)
  return {'deleted'}
end

function carry_out.get(o)
  local head = redis.call('GETRANGE', o.record, 0, ${recordHeaderBytes - 1})
  local state = read_head(head, now, true)
  if state == 'absent' or state == 'expired' then return {'absent'} end
  if state == 'live' then
    local size = struct.unpack('>I4', head, 33)
    if size > max_read then return {'beyond'} end
    max_read = max_read - size
  end
  return {'found', redis.call('GET', o.record)}
end

local answers = {}
for place, o in ipairs(operations) do
  local decision = decisions[place]
  if decision and decision[1] == 'absent' then
    answers[place] = decision
  else
    answers[place] = carry_out[o.op](o, decision)
  end
end
return {'done', answers, '', seen}
`;
