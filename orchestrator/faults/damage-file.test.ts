import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { damages } from '../../suites/fault.ts';
import { createRandom } from '../../suites/random.ts';
import { damageFile } from './damage-file.ts';

const seed = 20_260_131;
const pages = 24;
let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damage-test-'));
  file = join(folder, 'data');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const sound = createRandom(7).bytes(pages * 4096);

function damaged(damage: (typeof damages)[number], by: number, content = sound): { bytes: Buffer; said?: string } {
  writeFileSync(file, content);
  const said = damageFile(file, damage, createRandom(by));
  return { bytes: readFileSync(file), ...(said === undefined ? {} : { said }) };
}

for (const damage of damages) {
  test(`${damage} changes the file, says where, and the seed brings it again`, () => {
    const { bytes, said } = damaged(damage, seed);
    expect(bytes.equals(sound), `seed ${seed}`).toBe(false);
    expect(said).toMatch(/\d+ bytes/);
    expect(damaged(damage, seed).bytes.equals(bytes)).toBe(true);
  });
}

test('the damage of pages and bits leaves the head of the file and its size alone', () => {
  for (const damage of ['flip-bits', 'zero-page', 'garbage-page', 'zero-pages', 'flip-heads'] as const) {
    const { bytes } = damaged(damage, seed);
    expect(bytes.length).toBe(sound.length);
    expect(bytes.subarray(0, 8192).equals(sound.subarray(0, 8192)), damage).toBe(true);
  }
});

test('damage of many pages hits every eighth of them', () => {
  for (const damage of ['zero-pages', 'flip-heads'] as const) {
    const { bytes } = damaged(damage, seed);
    const hit = Array.from({ length: pages }, (_, page) => page).filter((page) => {
      const [from, to] = [page * 4096, (page + 1) * 4096];
      return !bytes.subarray(from, to).equals(sound.subarray(from, to));
    });
    const [first = 0] = hit;
    const expected = Array.from({ length: Math.ceil((pages - first) / 8) }, (_, i) => first + i * 8);
    expect(first, `seed ${seed}`).toBeLessThan(2 + 8);
    expect(hit, damage).toEqual(expected);
  }
});

test('what changes nothing is told as nothing', () => {
  expect(damaged('zero-page', seed, Buffer.alloc(pages * 4096)).said).toBeUndefined();
});
