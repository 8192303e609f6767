import assert from 'node:assert/strict';
import type { Revision } from '../../revision.ts';
import type { Condition } from '../backend.ts';
import { type ContractCase, revisionOf } from './contract-case.ts';
import { at, none, type Shelf, shelfOf } from './subject.ts';

/** Tags by name: `current` is the revision of the stored record, `other` one that no record has. */
type Tags = '*' | readonly ('current' | 'other')[];

interface Rule {
  readonly name: string;
  readonly ifMatch?: Tags;
  readonly ifNoneMatch?: Tags;
  /** Whether the write goes through when the record is live, and when it is absent or expired (RFC 9110, 13.1). */
  readonly live: boolean;
  readonly absent: boolean;
}

const rules: readonly Rule[] = [
  { name: 'If-Match: *', ifMatch: '*', live: true, absent: false },
  { name: 'If-Match with its revision', ifMatch: ['current'], live: true, absent: false },
  { name: 'If-Match with its revision in a list', ifMatch: ['other', 'current'], live: true, absent: false },
  { name: 'If-Match with another revision', ifMatch: ['other'], live: false, absent: false },
  { name: 'If-Match with unknown tags alone', ifMatch: [], live: false, absent: false },
  { name: 'If-None-Match: *', ifNoneMatch: '*', live: false, absent: true },
  { name: 'If-None-Match with its revision', ifNoneMatch: ['current'], live: false, absent: true },
  { name: 'If-None-Match with its revision in a list', ifNoneMatch: ['other', 'current'], live: false, absent: true },
  { name: 'If-None-Match with another revision', ifNoneMatch: ['other'], live: true, absent: true },
  { name: 'If-None-Match with unknown tags alone', ifNoneMatch: [], live: true, absent: true },
  { name: 'both, and If-Match fails', ifMatch: ['other'], ifNoneMatch: ['other'], live: false, absent: false },
  { name: 'both, and If-None-Match fails', ifMatch: '*', ifNoneMatch: ['current'], live: false, absent: false },
  { name: 'both, and both hold', ifMatch: ['current'], ifNoneMatch: ['other'], live: true, absent: false },
];

const other = 'f'.repeat(32) as Revision;

function conditionOf(rule: Rule, current: Revision): Condition {
  const resolve = (tags: Tags | undefined): Condition['ifMatch'] =>
    tags === undefined || tags === '*' ? tags : tags.map((tag) => (tag === 'current' ? current : other));
  return { ifMatch: resolve(rule.ifMatch), ifNoneMatch: resolve(rule.ifNoneMatch) };
}

type State = 'live' | 'expired' | 'absent';

/** Brings the key into the state and returns the revision that was last stored under it. */
async function prepare(shelf: Shelf, key: string, state: State, nowMs: number): Promise<Revision> {
  const expiry = state === 'expired' ? at(nowMs) : none;
  const revision = revisionOf(await shelf.set(key, 'before', { expiry, nowMs: nowMs - 1 }));
  if (state === 'absent') await shelf.delete(key);
  return revision;
}

async function judgeSet(shelf: Shelf, rule: Rule, state: State, nowMs: number): Promise<void> {
  const current = await prepare(shelf, 'set', state, nowMs);
  const outcome = await shelf.set('set', 'after', { condition: conditionOf(rule, current) });
  const live = state === 'live';
  if (live ? rule.live : rule.absent) {
    assert.equal(outcome.outcome, live ? 'replaced' : 'created');
    assert.equal((await shelf.get('set'))?.value.toString(), 'after');
  } else {
    assert.deepEqual(outcome, { outcome: 'precondition_failed', current: live ? current : undefined });
    assert.equal((await shelf.get('set'))?.value.toString(), live ? 'before' : undefined);
  }
}

async function judgeTouch(shelf: Shelf, rule: Rule, state: State, nowMs: number): Promise<void> {
  const current = await prepare(shelf, 'touch', state, nowMs);
  const outcome = await shelf.touch('touch', at(nowMs + 60_000), { condition: conditionOf(rule, current) });
  if (state !== 'live') assert.deepEqual(outcome, { outcome: 'absent' });
  else if (rule.live) assert.equal(outcome.outcome, 'touched');
  else assert.deepEqual(outcome, { outcome: 'precondition_failed', current });
  const changed = state === 'live' && rule.live;
  assert.equal((await shelf.head('touch'))?.expiresAtMs, changed ? nowMs + 60_000 : undefined);
}

async function judgeDelete(shelf: Shelf, rule: Rule, state: State, nowMs: number): Promise<void> {
  const current = await prepare(shelf, 'delete', state, nowMs);
  const outcome = await shelf.delete('delete', { condition: conditionOf(rule, current) });
  if (state !== 'live') assert.deepEqual(outcome, { outcome: 'absent' });
  else if (rule.live) assert.deepEqual(outcome, { outcome: 'deleted' });
  else assert.deepEqual(outcome, { outcome: 'precondition_failed', current });
  assert.equal((await shelf.get('delete')) !== undefined, state === 'live' && !rule.live);
}

const states: readonly State[] = ['live', 'expired', 'absent'];

export const conditionCases: readonly ContractCase[] = states.flatMap((state) =>
  rules.map((rule) => ({
    title: `${state === 'live' ? 'a' : 'an'} ${state} record and ${rule.name}: a set ${
      (state === 'live' ? rule.live : rule.absent) ? 'goes through' : 'fails'
    }, touch and delete ${state === 'live' ? (rule.live ? 'go through' : 'fail') : 'say absent'}`,
    async run(subject) {
      const shelf = shelfOf(subject);
      await judgeSet(shelf, rule, state, subject.nowMs);
      await judgeTouch(shelf, rule, state, subject.nowMs);
      await judgeDelete(shelf, rule, state, subject.nowMs);
    },
  })),
);
