import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { crc32OfBytes, crc32OfText, shortCrc32 } from './crc32.ts';
import { createSeededRandom } from './test-support/seeded-random.ts';

const seed = randomInt(2 ** 31);

test(`the checksum of a few bytes is that of zlib, at every offset and length (seed ${seed})`, () => {
  const random = createSeededRandom(seed);
  const bytes = Buffer.from(Array.from({ length: 70 }, () => random.integer(256)));
  for (let from = 0; from <= bytes.length; from += 1) {
    for (let to = from; to <= bytes.length; to += 1) {
      expect(shortCrc32(bytes, from, to)).toBe(crc32(bytes.subarray(from, to)));
    }
  }
});

test(`it goes on from a checksum, and zlib goes on from it (seed ${seed})`, () => {
  const random = createSeededRandom(seed);
  const bytes = Buffer.from(Array.from({ length: 64 }, () => random.integer(256)));
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(shortCrc32(bytes, cut, 64, crc32(bytes.subarray(0, cut)))).toBe(crc32(bytes));
    expect(crc32(bytes.subarray(cut), shortCrc32(bytes, 0, cut))).toBe(crc32(bytes));
  }
});

test('the checksum of a text is that of its UTF-8, and that of many bytes the same as of few', () => {
  for (const text of ['', 'k', 'a/b:c', 'é', 'k\u{1f600}', 'x'.repeat(128), 'x'.repeat(129), `${'x'.repeat(127)}é`]) {
    const bytes = Buffer.from(text);
    for (const before of [0, 7, 0xffff_ffff]) {
      expect(crc32OfText(text, before)).toBe(crc32(bytes, before));
      expect(crc32OfBytes(bytes, before)).toBe(crc32(bytes, before));
    }
  }
});
