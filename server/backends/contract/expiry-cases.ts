import assert from 'node:assert/strict';
import { createRevisionClock, type Revision } from '../../revision.ts';
import { type ContractCase, keysOf, revisionOf } from './contract-case.ts';
import { at, keep, none, type Shelf, shelfOf } from './subject.ts';

const dayMs = 86_400_000;
const hundredYearsMs = 36_525 * dayMs;

/** A record that expires at `nowMs`, written just before. */
async function expiring(shelf: Shelf, nowMs: number): Promise<Revision> {
  return revisionOf(await shelf.set('key', 'value', { expiry: at(nowMs), nowMs: nowMs - 1 }));
}

function farExpiry(name: string, ttlMs: number): ContractCase {
  return {
    title: `a record that expires in ${name} is there one millisecond before and absent then`,
    async run(subject) {
      const shelf = shelfOf(subject);
      const expiresAtMs = subject.nowMs + ttlMs;
      await shelf.set('key', 'value', { expiry: at(expiresAtMs) });
      assert.equal((await shelf.get('key', expiresAtMs - 1))?.expiresAtMs, expiresAtMs);
      assert.equal((await shelf.head('key', expiresAtMs - 1))?.expiresAtMs, expiresAtMs);
      assert.equal(await shelf.get('key', expiresAtMs), undefined);
      assert.equal(await shelf.head('key', expiresAtMs), undefined);
      await shelf.set('key', 'kept', { expiry: keep });
      assert.equal((await shelf.get('key', expiresAtMs - 1))?.expiresAtMs, expiresAtMs);
      await shelf.touch('key', at(expiresAtMs - 1));
      assert.equal(await shelf.get('key', expiresAtMs - 1), undefined);
    },
  };
}

function skewed(name: string, skewMs: number): ContractCase {
  return {
    title: `the caller's clock decides when it is ${name} that of the store`,
    async run(subject) {
      const shelf = shelfOf(subject);
      const nowMs = subject.nowMs + skewMs;
      await shelf.set('key', 'value', { expiry: at(nowMs + 1_000), nowMs });
      assert.equal((await shelf.get('key', nowMs + 999))?.value.toString(), 'value');
      await shelf.set('key', 'kept', { expiry: keep, nowMs });
      assert.equal((await shelf.get('key', nowMs + 999))?.value.toString(), 'kept');
      await shelf.touch('key', at(nowMs + 2_000), { nowMs });
      assert.equal((await shelf.get('key', nowMs + 1_999))?.value.toString(), 'kept');
      assert.equal(await shelf.get('key', nowMs + 2_000), undefined);
      assert.equal((await shelf.set('key', 'again', { nowMs: nowMs + 2_000 })).outcome, 'created');
    },
  };
}

export const expiryCases: readonly ContractCase[] = [
  {
    title: 'a record is absent for get and head from the millisecond of its expiry on',
    async run(subject) {
      const shelf = shelfOf(subject);
      await expiring(shelf, subject.nowMs);
      assert.equal((await shelf.get('key', subject.nowMs - 1))?.value.toString(), 'value');
      assert.ok(await shelf.head('key', subject.nowMs - 1));
      assert.equal(await shelf.get('key'), undefined);
      assert.equal(await shelf.head('key'), undefined);
      assert.equal(await shelf.get('key', subject.nowMs + dayMs), undefined);
    },
  },
  {
    title: 'a touch of an expired record says absent and does not bring it back',
    async run(subject) {
      const shelf = shelfOf(subject);
      await expiring(shelf, subject.nowMs);
      assert.deepEqual(await shelf.touch('key', none), { outcome: 'absent' });
      assert.deepEqual(await shelf.touch('key', at(subject.nowMs + dayMs)), { outcome: 'absent' });
      assert.equal(await shelf.get('key'), undefined);
    },
  },
  {
    title: 'a delete of an expired record says absent',
    async run(subject) {
      const shelf = shelfOf(subject);
      await expiring(shelf, subject.nowMs);
      assert.deepEqual(await shelf.delete('key'), { outcome: 'absent' });
    },
  },
  {
    title: 'a listing leaves out what has expired, with and without values',
    async run(subject) {
      const shelf = shelfOf(subject);
      await expiring(shelf, subject.nowMs);
      await shelf.set('live', 'value', { expiry: at(subject.nowMs + 1) });
      assert.deepEqual(keysOf((await shelf.list()).items), ['live']);
      assert.deepEqual(keysOf((await shelf.list({ withValues: true })).items), ['live']);
      assert.deepEqual(keysOf((await shelf.list({ nowMs: subject.nowMs - 1 })).items), ['key', 'live']);
      assert.deepEqual((await shelf.list({ nowMs: subject.nowMs + 1 })).items, []);
    },
  },
  {
    title: 'a set over an expired record creates, with a greater revision and without its expiry',
    async run(subject) {
      const shelf = shelfOf(subject);
      const before = await expiring(shelf, subject.nowMs);
      const outcome = await shelf.set('key', 'new');
      assert.deepEqual(outcome, { outcome: 'created', revision: revisionOf(outcome), expiresAtMs: undefined });
      assert.ok(revisionOf(outcome) > before);
      const record = await shelf.get('key', subject.nowMs + dayMs);
      assert.equal(record?.value.toString(), 'new');
      assert.equal(record.expiresAtMs, undefined);
    },
  },
  {
    title: 'a set that keeps the expiry of an expired record creates without one',
    async run(subject) {
      const shelf = shelfOf(subject);
      await expiring(shelf, subject.nowMs);
      const outcome = await shelf.set('key', 'new', { expiry: keep });
      assert.deepEqual(outcome, { outcome: 'created', revision: revisionOf(outcome), expiresAtMs: undefined });
      assert.equal((await shelf.get('key', subject.nowMs + dayMs))?.expiresAtMs, undefined);
    },
  },
  {
    title: 'a record whose expiry has passed when it is written is absent at once',
    async run(subject) {
      const shelf = shelfOf(subject);
      await shelf.set('key', 'before');
      assert.equal((await shelf.set('key', 'value', { expiry: at(subject.nowMs - 5) })).outcome, 'replaced');
      assert.equal(await shelf.get('key'), undefined);
      await shelf.set('other', 'value');
      assert.equal((await shelf.touch('other', at(subject.nowMs))).outcome, 'touched');
      assert.equal(await shelf.get('other'), undefined);
    },
  },
  {
    title: 'a later touch lengthens the life of a record, an earlier one shortens it',
    async run(subject) {
      const shelf = shelfOf(subject);
      await shelf.set('key', 'value', { expiry: at(subject.nowMs + 1_000) });
      await shelf.touch('key', at(subject.nowMs + 5_000));
      assert.ok(await shelf.get('key', subject.nowMs + 4_999));
      await shelf.touch('key', at(subject.nowMs + 2_000));
      assert.equal(await shelf.get('key', subject.nowMs + 2_000), undefined);
    },
  },
  farExpiry('1 ms', 1),
  farExpiry('999 ms', 999),
  farExpiry('2^31 ms', 2 ** 31),
  farExpiry('2^32 ms', 2 ** 32),
  farExpiry('2^32 s', 2 ** 32 * 1_000),
  farExpiry('100 years', hundredYearsMs),
  skewed('30 days ahead of', 30 * dayMs),
  skewed('half an hour behind', -dayMs / 48),
];

/** A clock an hour ahead, as another server may have had that wrote to the same store. */
function clockAhead(nowMs: number): ReturnType<typeof createRevisionClock> {
  return createRevisionClock({ now: () => nowMs + 3_600_000, node: Buffer.alloc(8, 0xaa) });
}

function ownClock(nowMs: number): ReturnType<typeof createRevisionClock> {
  return createRevisionClock({ now: () => nowMs, node: Buffer.alloc(8, 0x55) });
}

export const orderCases: readonly ContractCase[] = [
  {
    title: 'a write over a revision from a clock ahead still has the greater revision',
    async run(subject) {
      const shelf = shelfOf(subject);
      const writes = [
        () => shelf.set('key', 'set'),
        () => shelf.set('key', 'kept', { expiry: keep }),
        () => shelf.touch('key', at(subject.nowMs + 60_000)),
      ];
      for (const write of writes) {
        subject.useRevisions(clockAhead(subject.nowMs));
        const ahead = revisionOf(await shelf.set('key', 'ahead'));
        subject.useRevisions(ownClock(subject.nowMs));
        const revision = revisionOf(await write());
        assert.ok(revision > ahead, `${revision} > ${ahead}`);
        assert.equal((await shelf.head('key'))?.revision, revision);
        await shelf.delete('key');
      }
    },
  },
  {
    title: 'a conditional write over a revision from a clock ahead goes through, and the failed one says which it is',
    async run(subject) {
      const shelf = shelfOf(subject);
      subject.useRevisions(clockAhead(subject.nowMs));
      const ahead = revisionOf(await shelf.set('key', 'ahead'));
      subject.useRevisions(ownClock(subject.nowMs));
      const failed = await shelf.set('key', 'new', { condition: { ifNoneMatch: '*' } });
      assert.deepEqual(failed, { outcome: 'precondition_failed', current: ahead });
      const outcome = await shelf.set('key', 'new', { condition: { ifMatch: [ahead] } });
      assert.equal(outcome.outcome, 'replaced');
      assert.ok(revisionOf(outcome) > ahead);
    },
  },
  {
    title: 'a set over an expired record from a clock ahead creates with a greater revision',
    async run(subject) {
      const shelf = shelfOf(subject);
      subject.useRevisions(clockAhead(subject.nowMs));
      const ahead = await expiring(shelf, subject.nowMs);
      subject.useRevisions(ownClock(subject.nowMs));
      const outcome = await shelf.set('key', 'new', { condition: { ifNoneMatch: '*' } });
      assert.equal(outcome.outcome, 'created');
      assert.ok(revisionOf(outcome) > ahead);
    },
  },
  {
    title: 'once moved past a clock ahead, the next revisions stay past it',
    async run(subject) {
      const shelf = shelfOf(subject);
      subject.useRevisions(clockAhead(subject.nowMs));
      const ahead = revisionOf(await shelf.set('key', 'ahead'));
      subject.useRevisions(ownClock(subject.nowMs));
      const first = revisionOf(await shelf.set('key', 'first'));
      const second = revisionOf(await shelf.set('key', 'second'));
      assert.ok(ahead < first && first < second);
      const other = revisionOf(await shelf.set('other', 'value'));
      assert.ok(second < other);
    },
  },
];
