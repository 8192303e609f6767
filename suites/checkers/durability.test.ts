import { describe, expect, test } from 'vitest';
import type { DurabilityParameters } from './durability.ts';
import { judge } from './fixtures/judge.ts';
import { advance, batch, fence, get, remove, type Step, set } from './sketch.ts';

const by =
  (profile: DurabilityParameters['profile'], windowMs = 0) =>
  (...steps: readonly Step[]) =>
    judge({ checker: 'durability', parameters: { profile, windowMs } }, steps);
const onAck = by('on-ack');
const prefix = by('prefix', 1_000);
const none = by('none');

const a = { key: 'a' };
const b = { key: 'b' };
const death: Step = [0, fence(), 100, 110];

describe('on-ack', () => {
  test('what was acknowledged is there, or something later', () => {
    expect(onAck([1, set('1', a), 0, 1], death, [1, get('1', a), 120, 121])).toMatchObject({
      deaths: 1,
      'acknowledged before a death': 1,
      'keys read': 1,
      lost: 0,
    });
    expect(
      onAck([1, set('1', a), 0, 1], [1, set('2', a), 99, 105, 'info'], death, [1, get('2', a), 120, 121]),
    ).toMatchObject({
      'under way at a death': 1,
      lost: 0,
    });
    expect(
      onAck([1, set('1', a), 0, 1], [1, set('2', a), 99, 105, 'info'], death, [1, get('1', a), 120, 121]),
    ).toMatchObject({ lost: 0 });
    expect(onAck([1, set('1', a), 0, 9], [2, set('2', a), 0, 9], death, [1, get('1', a), 120, 121])).toMatchObject({
      lost: 0,
    });
    expect(
      onAck([1, set('1', a), 0, 1], [1, remove('deleted', a), 2, 3], death, [1, get(null, a), 120, 121]),
    ).toMatchObject({ lost: 0 });
  });
  test('an acknowledged write that is gone, and one that an older one replaced, are lost', () => {
    const told = '1 acknowledged writes are not there, operation';
    expect(onAck([1, set('1', a), 0, 1], death, [1, get(null, a), 120, 121])).toContain(told);
    expect(onAck([1, set('1', a), 0, 1], [1, set('2', a), 2, 3], death, [1, get('1', a), 120, 121])).toContain(
      `${told} 1`,
    );
    expect(onAck([1, set('1', a), 0, 1], [1, remove('deleted', a), 2, 3], death, [1, get('1', a), 120, 121])).toContain(
      told,
    );
    expect(
      onAck([1, batch({ a: '1', b: '1' }), 0, 1], death, [1, get('1', a), 120, 121], [1, get(null, b), 122, 123]),
    ).toContain(told);
  });
  test('a value that nobody wrote is told whatever was promised', () => {
    for (const judged of [onAck, prefix, none]) {
      expect(judged([1, set('1', a), 0, 1], death, [1, get('x', a), 120, 121])).toContain('which nobody wrote');
    }
  });
  test('a key that was written anew before it was read is left out', () => {
    expect(onAck([1, set('1', a), 0, 1], death, [1, set('2', a), 115, 116], [1, get('2', a), 120, 121])).toMatchObject({
      'keys read': 0,
    });
  });
  test('a second death asks for what the first one left', () => {
    const later: Step = [0, fence(), 200, 210];
    const steps: readonly Step[] = [[1, set('1', a), 0, 1], death, [1, get('1', a), 120, 121], later];
    expect(onAck(...steps, [1, get('1', a), 220, 221])).toMatchObject({ deaths: 2, lost: 0 });
    expect(
      none([1, set('1', a), 0, 1], death, [1, get(null, a), 120, 121], later, [1, get(null, a), 220, 221]),
    ).toMatchObject({ lost: 1 });
  });
});

describe('after a second death', () => {
  const later: Step = [0, fence(), 200, 210];
  const seen: Step = [2, get('1', a), 120, 130];
  const steps = (...between: readonly Step[]): readonly Step[] => [
    [1, set('1', a), 0, 1],
    death,
    seen,
    ...between,
    later,
  ];
  test('what was written beside the read of what the first one left may be there, and need not', () => {
    const beside = steps([1, set('2', a), 125, 135]);
    expect(onAck(...beside, [1, get('2', a), 220, 221])).toMatchObject({ deaths: 2, lost: 0 });
    expect(onAck(...beside, [1, get('1', a), 220, 221])).toMatchObject({ lost: 0 });
  });
  test('what had no outcome before that read may have come after it', () => {
    expect(onAck(...steps([1, set('2', a), 115, 118, 'info']), [1, get('2', a), 220, 221])).toMatchObject({ lost: 0 });
  });
  test('what an earlier server was asked for is nothing that a later one can do', () => {
    const [first, ...rest] = steps();
    const dead: Step = [1, set('2', a), 99, 105, 'info'];
    expect(onAck(first as Step, dead, ...rest, [1, get('2', a), 220, 221])).toContain('which nobody wrote');
  });
  test('what was written after that read is lost where it is not there', () => {
    expect(onAck(...steps([1, set('2', a), 131, 135]), [1, get('1', a), 220, 221])).toContain('1 acknowledged writes');
  });
});

describe('prefix', () => {
  const written: readonly Step[] = [
    [1, set('1', a), 0, 1],
    [1, set('1', b), 2, 3],
    [1, set('2', a), 4, 5],
  ];
  test('everything from one moment on may be lost', () => {
    expect(prefix(...written, death, [1, get('1', a), 120, 121], [1, get('1', b), 122, 123])).toMatchObject({
      lost: 1,
    });
    expect(prefix(...written, death, [1, get('1', a), 120, 121], [1, get(null, b), 122, 123])).toMatchObject({
      lost: 2,
    });
    expect(prefix(...written, death, [1, get(null, a), 120, 121], [1, get(null, b), 122, 123])).toMatchObject({
      lost: 3,
    });
  });
  test('a hole is told: something lost before something that is there', () => {
    expect(prefix(...written, death, [1, get('2', a), 120, 121], [1, get(null, b), 122, 123])).toBe(
      'operation 1 is lost, and operation 2, which began later, is there',
    );
  });
  test('nothing may be lost that is older than the window', () => {
    const late: Step = [0, fence(), 2_000, 2_010];
    expect(prefix(...written, late, [1, get('1', a), 2_020, 2_021])).toContain('acknowledged 1995 ms before the death');
  });
});

test('a key that ends by itself is refused, never passed', () => {
  const mortal = set('1', { ...a, ttlMs: 5 });
  expect(onAck([1, mortal, 0, 1], [0, advance(9), 2, 3], death, [1, get(null, a), 120, 121])).toContain(
    'unknown: operation 0',
  );
});
