import { expect, test } from 'vitest';
import { createSeededRandom } from '../test-support/seeded-random.ts';
import { countMembers } from './count-members.ts';

test.each([
  ['{"a":1,"b":[{"c":2},{"d":3,"e":4}]}', 5],
  ['{ "a" : 1 }', 1],
  ['{"a":[{"b":{"c":1,"d":[{"e":2}]}}]}', 2],
  ['{"a":[[{"b":1}]]}', 1],
  ['{"a:":[{"b\\":":"\\\\","c":":\\"}{:"}]}', 3],
  ['{"\\\\\\\\":[{"\\"":"\\\\\\"","b":[{"c":1}]}]}', 3],
  ['{"a":1,"a":[{"b":1,"b":2,"\\u0062":3}]}', 5],
  ['{"\u{1F600}":[{"é:":"中:"}]}', 2],
  ['[]', 0],
])('%s writes %i members', (text, members) => {
  expect(JSON.parse(text)).toBeDefined();
  expect(countMembers(text)).toBe(members);
});

test('of text without a repeated member as many are counted as the parser keeps, whatever the strings hold', () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = createSeededRandom(seed);
  const pieces = ['"', '\\', ':', '{', '}', '[', ']', ',', '\\"', '":', 'a', 'é', '\u{1F600}', ' '];
  const string = (): string => Array.from({ length: random.integer(6) }, () => random.pick(pieces)).join('');
  const value = (depth: number): unknown => {
    if (depth === 0 || random.integer(2) === 0) return random.pick([string(), 1, null, true]);
    if (random.integer(2) === 0) return [value(depth - 1), value(depth - 1)];
    return Object.fromEntries([1, 2].map(() => [string(), value(depth - 1)]));
  };
  const members = (): object => Object.fromEntries([1, 2, 3, 4].map(() => [string(), value(3)]));
  for (let round = 0; round < 500; round += 1) {
    const list = Array.from({ length: random.integer(5) }, members);
    const text = JSON.stringify({ atomic: true, list }, null, random.pick([0, 2]));
    const kept = 2 + list.reduce((sum, item) => sum + Object.keys(item).length, 0);
    expect(countMembers(text), `seed ${seed}: ${text}`).toBe(kept);
  }
});
