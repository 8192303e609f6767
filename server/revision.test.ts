import { expect, test } from 'vitest';
import { createRevisionClock, parseRevision, type Revision, revisionWallMs } from './revision.ts';
import { codeOf } from './test-support/code-of.ts';

const node = Buffer.from('00112233445566ff', 'hex');

function clockAt(...times: number[]): ReturnType<typeof createRevisionClock> {
  let at = 0;
  return createRevisionClock({ now: () => times[Math.min(at++, times.length - 1)] ?? 0, node });
}

test('revisions are unique and grow, as strings and as bytes, however often the wall clock stands or steps back', () => {
  const times = [1_000, 1_000, 1_001, 900, 900, 5_000, 1, 5_000, 5_001];
  const clock = clockAt(...times);
  const revisions = Array.from({ length: 200 }, () => clock.next());
  expect(new Set(revisions).size).toBe(200);
  expect([...revisions].sort()).toEqual(revisions);
  const bytes = revisions.map((revision) => Buffer.from(revision, 'hex'));
  expect([...bytes].sort(Buffer.compare)).toEqual(bytes);
});

test('a revision says when it was given, while the wall clock goes forward', () => {
  const clock = clockAt(1_795_408_922_266, 1_795_408_922_999);
  expect(revisionWallMs(clock.next())).toBe(1_795_408_922_266);
  expect(revisionWallMs(clock.next())).toBe(1_795_408_922_999);
});

test('a revision is 32 lower-case hexadecimal digits that end in the node', () => {
  const clock = clockAt(0x0123_4567_89ab);
  expect(clock.next()).toBe('0123456789ab000000112233445566ff');
  expect(clock.next()).toBe('0123456789ab000100112233445566ff');
});

test('two servers at the same moment give different revisions', () => {
  const a = createRevisionClock({ now: () => 7, node: Buffer.alloc(8, 1) });
  const b = createRevisionClock({ now: () => 7, node: Buffer.alloc(8, 2) });
  expect(a.next()).not.toBe(b.next());
});

test('after the last number of a millisecond the clock runs ahead of the wall clock and stays in order', () => {
  const clock = clockAt(1_000);
  let last = clock.next();
  for (let count = 0; count < 2 * 0x1_0000; count += 1) {
    const next = clock.next();
    if (next <= last) expect.unreachable(`${next} after ${last}`);
    last = next;
  }
  expect(revisionWallMs(last)).toBe(1_002);
  expect(last).toHaveLength(32);
});

const seen: readonly [string, Revision][] = [
  ['from the future', 'e677d21f000000000011223344556677' as Revision],
  ['of the same moment with a greater number', '0000000003e8000900112233445566ff' as Revision],
  ['at the end of a moment', '0000000003e8ffff00112233445566ff' as Revision],
  ['of the same moment and number by a greater node', '0000000003e80000ffffffffffffffff' as Revision],
  ['of another server', '0000000003e9ffffffffffffffffffff' as Revision],
];

test.each(seen)('a clock that moved past a revision %s gives greater ones', (_, revision) => {
  const clock = clockAt(1_000);
  clock.next();
  clock.movePast(revision);
  const next = clock.next();
  expect(next > revision).toBe(true);
  expect(Buffer.compare(Buffer.from(next, 'hex'), Buffer.from(revision, 'hex'))).toBe(1);
});

const older: readonly [string, Revision][] = [
  ['of an older moment', '000000000001000000112233445566ff' as Revision],
  ['of an older moment with a greater number', '0000000003e7ffff00112233445566ff' as Revision],
  ['of the same moment with a smaller number', '0000000003e8000100112233445566ff' as Revision],
  ['of the same moment and number', '0000000003e8000400112233445566ff' as Revision],
];

test.each(older)('a clock that moved past a revision %s goes on as it was', (_, revision) => {
  const clock = clockAt(1_000);
  const last = Array.from({ length: 5 }, () => clock.next()).at(-1) ?? '';
  clock.movePast(revision);
  const next = clock.next();
  expect(next > last).toBe(true);
  expect(next).toBe('0000000003e8000500112233445566ff');
});

test('a clock refuses to move past a revision that no clock gives, and goes on as it was', () => {
  const clock = clockAt(1_000);
  clock.next();
  for (const beyond of ['f'.repeat(32), `e677d220${'0'.repeat(24)}`]) {
    expect(codeOf(() => clock.movePast(beyond as Revision))).toBe('record_corrupt');
  }
  expect(clock.next()).toBe('0000000003e8000100112233445566ff');
});

test('a node id has 8 bytes', () => {
  expect(() => createRevisionClock({ now: () => 0, node: Buffer.alloc(7) })).toThrow(RangeError);
});

const noRevisions = [
  '',
  '0123456789ABCDEF0123456789abcdef',
  '0123456789abcdef0123456789abcde',
  '0123456789abcdef0123456789abcdef0',
  '0123456789abcdef0123456789abcdeg',
  '0123456789abcdef0123456789abcdef\n',
  'ffffffffffffffffffffffffffffffff',
  'e677d220000000000000000000000000',
];

test.each(noRevisions)('%j is no revision', (text) => {
  expect(parseRevision(text)).toBeUndefined();
});

test('what a clock gives is read back', () => {
  const revision = clockAt(Date.UTC(2031, 1, 1)).next();
  expect(parseRevision(revision)).toBe(revision);
});
