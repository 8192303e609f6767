/** Keys at the borders of length and of encoding. */

import { expectBody, expectEqual, expectProblem, expectStatus } from '../check.ts';
import { openCollection, sendTo } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { listKeys } from '../listing.ts';
import type { Case, Stage } from '../suite.ts';
import { removeAll, roundTrip } from './round-trip.ts';

/** One character for each length that UTF-8 has. */
const widths: readonly { readonly bytes: number; readonly char: string }[] = [
  { bytes: 1, char: 'a' },
  { bytes: 2, char: 'é' },
  { bytes: 3, char: '中' },
  { bytes: 4, char: '\u{1F600}' },
];

/** Lengths around which stores and encoders change their ways. */
const lengths = [1, 2, 3, 15, 16, 17, 31, 32, 33, 62, 63, 64, 65, 66, 127, 128, 129, 255, 256, 257, 510, 511, 512, 513];

function limitOf(stage: Stage): number {
  return stage.capabilities.limits.keyBytes;
}

export const keyEdgeCases: readonly Case[] = [
  ...widths.flatMap(({ bytes, char }) => [
    defineCase(
      `keys/limit-${bytes}-byte-end`,
      `A key of the limit that ends in a character of ${bytes} bytes is stored whole`,
      async (stage) => {
        const c = openCollection(stage);
        const key = `${'k'.repeat(limitOf(stage) - bytes)}${char}`;
        await roundTrip(c, [key]);
        expectStatus(await c.get(`${key.slice(0, -char.length)}`), 404, 'key_not_found');
        await removeAll(c, [key]);
      },
    ),
    defineCase(
      `keys/above-limit-${bytes}-byte-end`,
      `A key one byte above the limit through a last character of ${bytes} bytes is 400 and not cut`,
      async (stage) => {
        const c = openCollection(stage);
        const key = `${'k'.repeat(limitOf(stage) - bytes + 1)}${char}`;
        expectProblem(await c.put(key, 'v'), 400, 'invalid_key');
        expectEqual('keys', await listKeys(c), []);
      },
    ),
    defineCase(
      `keys/limit-of-${bytes}-byte-characters`,
      `The limit counts bytes: a key of characters of ${bytes} bytes may have so many fewer`,
      async (stage) => {
        const c = openCollection(stage);
        const most = char.repeat(Math.floor(limitOf(stage) / bytes));
        await roundTrip(c, [most]);
        expectProblem(await c.put(`${most}${char}`, 'v'), 400, 'invalid_key');
      },
    ),
  ]),
  defineCase('keys/one-byte', 'A key of one byte is enough, for each byte that is a character', async (stage) => {
    const c = openCollection(stage);
    const keys = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((key) => key !== '.');
    await roundTrip(c, keys);
    await removeAll(c, keys);
  }),
  defineCase('keys/lengths', 'Keys of every awkward length are told apart', async (stage) => {
    const c = openCollection(stage);
    const limit = limitOf(stage);
    const keys = [...lengths, limit - 1, limit].map((length) => 'k'.repeat(length));
    await roundTrip(c, keys);
    await removeAll(c, keys);
  }),
  defineCase('keys/last-byte', 'Two keys of the limit that differ in their last byte are two keys', async (stage) => {
    const c = openCollection(stage);
    const stem = 'k'.repeat(limitOf(stage) - 1);
    await roundTrip(c, [`${stem}a`, `${stem}b`]);
  }),
  defineCase(
    'keys/longest-everything',
    'Namespace, collection and key may all have their greatest length',
    async (stage) => {
      const longest = { namespace: stage.namespace.padEnd(64, '-n'), collection: 'c'.repeat(64) };
      const c = openCollection(stage, longest);
      const key = '\u{1F600}'.repeat(Math.floor(limitOf(stage) / 4));
      await roundTrip(c, [key]);
      await removeAll(c, [key]);
    },
  ),
  defineCase(
    'keys/every-byte-encoded',
    'A key of the limit with every byte percent-encoded is stored',
    async (stage) => {
      const c = openCollection(stage);
      const path = `${c.path}/${'%6b'.repeat(limitOf(stage))}`;
      expectStatus(await sendTo(stage, { method: 'PUT', path, body: 'v' }), 201);
      expectBody(expectStatus(await c.get('k'.repeat(limitOf(stage))), 200), 'v');
    },
  ),
  defineCase(
    'keys/needless-encoding',
    'A letter that is percent-encoded needlessly is the same letter',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('aZ-._~9', 'v');
      const path = `${c.path}/%61%5a%2D%2e%5F%7e%39`;
      expectBody(expectStatus(await sendTo(stage, { method: 'GET', path }), 200), 'v');
      expectStatus(await sendTo(stage, { method: 'PUT', path, body: 'w' }), 200);
    },
  ),
  ...[1, 2, 3, 5].map((times) =>
    defineCase(`keys/encoded-${times}-times`, `A slash encoded ${times} times is decoded once`, async (stage) => {
      const c = openCollection(stage);
      let key = '/';
      for (let i = 1; i < times; i += 1) key = encodeURIComponent(key);
      await roundTrip(c, [key]);
    }),
  ),
  defineCase('keys/percent-look-alikes', 'Keys that look like percent-encoding are plain text', async (stage) => {
    await roundTrip(openCollection(stage), [
      '%',
      '%%',
      '%2',
      '%2F',
      '%2f',
      '%zz',
      '%25',
      '%00',
      '%ED%A0%80',
      '100%',
      '/',
    ]);
  }),
];
