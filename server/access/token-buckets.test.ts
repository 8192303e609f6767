import { expect, test } from 'vitest';
import { clientOf, createTokenBuckets, type TokenBuckets } from './token-buckets.ts';

let nowMs = 0;

function openBuckets(maxClients = 100): TokenBuckets {
  nowMs = 1_000;
  return createTokenBuckets({ perSecond: 2, burst: 4, maxClients, now: () => nowMs });
}

test('a rested client may take the burst, and then one token for each share of a second', () => {
  const buckets = openBuckets();
  const taken = (): boolean => buckets.take('a').taken;
  expect([taken(), taken(), taken(), taken(), taken()]).toEqual([true, true, true, true, false]);
  expect(buckets.peek('a')).toEqual({ left: 0, nextMs: 500, fullMs: 2_000 });
  nowMs += 499;
  expect(taken()).toBe(false);
  nowMs += 1;
  expect([taken(), taken()]).toEqual([true, false]);
  nowMs += 1_000_000;
  expect(buckets.peek('a')).toEqual({ left: 4, nextMs: 0, fullMs: 0 });
});

test('one client does not take from another', () => {
  const buckets = openBuckets();
  for (let i = 0; i < 10; i += 1) buckets.take('a');
  expect(buckets.take('b')).toMatchObject({ taken: true, left: 3 });
});

test('a hundred thousand clients take the memory of a hundred, and the longest silent is forgotten first', () => {
  const buckets = openBuckets(100);
  for (let i = 0; i < 100_000; i += 1) {
    buckets.take(`client ${i}`);
    buckets.take('busy');
  }
  expect(buckets.size).toBe(100);
  expect(buckets.peek('busy').left).toBe(0);
  expect(buckets.peek('client 99998').left).toBe(3);
  expect(buckets.peek('client 1').left).toBe(4);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  [undefined, ''],
])('the client at %s is %j', (address, client) => {
  expect(clientOf(address)).toBe(client);
});
