/** Keys of all of Unicode: their order, and that no two of them are taken for one. */

import { expectEqual, expectHeader } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { listKeys, pageOf } from '../listing.ts';
import type { Case } from '../suite.ts';
import { removeAll, roundTrip } from './round-trip.ts';

const charOf = (code: number): string => String.fromCodePoint(code);

/** Keys that a store could fold into one: by case, accents, width, numbers, or what it trims. */
const alike: readonly { readonly id: string; readonly what: string; readonly keys: readonly string[] }[] = [
  {
    id: 'case',
    what: 'differ in case',
    keys: ['straße', 'STRASSE', 'Straße', 'strasse', 'i', 'I', 'ı', 'İ', 'σ', 'ς', 'Σ'],
  },
  { id: 'accents', what: 'differ in accents', keys: ['resume', 'résumé', 're\u0301sume\u0301', 'resumé'] },
  {
    id: 'forms',
    what: 'are equal after normalization',
    keys: ['Å', '\u212b', 'A\u030a', 'ﬁ', 'fi', '①', '1', '\u{2F800}', '\u4e3d'],
  },
  { id: 'width', what: 'differ in width', keys: ['A', 'Ａ', 'ｱ', 'ア', ' ', '\u3000', '\u00a0'] },
  {
    id: 'invisible',
    what: 'differ in what is invisible',
    keys: ['ab', 'a\u200bb', 'a\u200db', 'a\u00adb', 'a\ufeffb', '\u202eab', 'ab\ufe0f'],
  },
  { id: 'numbers', what: 'are equal as numbers', keys: ['1', '01', '1.0', '+1', '1e0', '-0', '0', '0x1', '١'] },
  {
    id: 'words',
    what: 'mean something to JavaScript',
    keys: ['null', 'undefined', 'NaN', 'true', '[]', '{}', 'toString', '__proto__'],
  },
  { id: 'space', what: 'differ in spaces at their ends', keys: ['a', ' a', 'a ', 'a\t', 'a\n', '\u00a0a', '  ', ' '] },
  {
    id: 'store',
    what: 'mean something to stores',
    keys: ['$where', '_id', 'a.b', '{tag}x', '{tag}y', '*', 'a:b', "'; DROP", '-inf', '(a', '[a', '+'],
  },
];

const planes: readonly number[] = [
  0xd7ff, 0xe000, 0xf8ff, 0xfdd0, 0xfeff, 0xfffd, 0xfffe, 0xffff, 0x10000, 0x1f600, 0xfffff, 0x10ffff,
];

export const unicodeKeyCases: readonly Case[] = [
  defineCase(
    'keys/unicode-order',
    'Characters beyond U+FFFF sort after U+E000 to U+FFFF: by bytes, not by UTF-16',
    async (stage) => {
      const c = openCollection(stage);
      const keys = planes.map(charOf);
      await roundTrip(c, keys.toReversed());
      for (const [position, key] of keys.entries()) {
        const after = pageOf(await c.list(`after=${encodeURIComponent(key)}`)).items.map((item) => item.key);
        expectEqual(`keys after U+${key.codePointAt(0)?.toString(16)}`, after, keys.slice(position + 1));
      }
    },
  ),
  defineCase(
    'keys/unicode-order-inside',
    'The order by bytes holds for characters in the middle of keys',
    async (stage) => {
      const keys = planes.flatMap((code) => [`p${charOf(code)}`, `p${charOf(code)}a`, `p${charOf(code)}\u{10FFFF}`]);
      await roundTrip(openCollection(stage), keys.toReversed());
    },
  ),
  defineCase(
    'keys/unicode-prefix',
    'A prefix that ends below U+10FFFF takes in what it should and no more',
    async (stage) => {
      const c = openCollection(stage);
      const keys = planes.map((code) => `${charOf(code)}x`);
      for (const key of keys) await c.store(key, '');
      for (const key of keys) {
        const prefix = encodeURIComponent(key.slice(0, -1));
        expectEqual(`keys with prefix ${prefix}`, await listKeys(c, `prefix=${prefix}`), [key]);
      }
    },
  ),
  defineCase(
    'keys/prefix-of-each-other',
    'Keys that are prefixes of one another sort shortest first',
    async (stage) => {
      await roundTrip(openCollection(stage), [
        'a',
        'a\u0000',
        'a\u0000\u0000',
        'a\u0001',
        'a ',
        'a!',
        'aa',
        'a\u{10FFFF}',
        'b',
      ]);
    },
  ),
  defineCase(
    'keys/control-characters',
    'Every control character is kept at the start, inside and at the end of a key',
    async (stage) => {
      const codes = [
        ...Array.from({ length: 32 }, (_, code) => code),
        ...Array.from({ length: 33 }, (_, i) => 0x7f + i),
      ];
      const c = openCollection(stage);
      await roundTrip(
        c,
        codes.flatMap((code) => [`${charOf(code)}x`, `x${charOf(code)}x`, `x${charOf(code)}`]),
      );
    },
  ),
  ...[63, 64, 65, 100].map((length) =>
    defineCase(
      `keys/low-controls-${length}`,
      `Keys of ${length} characters that hold U+0000 to U+0004 are found by get and by list`,
      async (stage) => {
        const c = openCollection(stage);
        const keys = [0, 1, 2, 3, 4].flatMap((code) =>
          [0, 1, 31, length - 1].map((at) => `${'k'.repeat(at)}${charOf(code)}${'k'.repeat(length - at - 1)}`),
        );
        await roundTrip(c, [...new Set(keys)]);
        await removeAll(c, [...new Set(keys)]);
      },
    ),
  ),
  defineCase('keys/nul-runs', 'Keys of nothing but NULs are told apart by their number', async (stage) => {
    const c = openCollection(stage);
    const keys = [1, 2, 3, 63, 64, 65, 100].map((length) => '\u0000'.repeat(length));
    await roundTrip(c, keys);
    await removeAll(c, keys);
  }),
  ...alike.map(({ id, what, keys }) =>
    defineCase(`keys/alike-${id}`, `Keys that ${what} are told apart`, async (stage) => {
      const c = openCollection(stage);
      await roundTrip(c, keys);
      await removeAll(c, keys);
    }),
  ),
  defineCase(
    'keys/random',
    'Random keys of all of Unicode round-trip and list in the order of their bytes',
    async (stage) => {
      const { random } = stage;
      const key = (): string =>
        Array.from({ length: 1 + random.below(20) }, () => {
          const code = random.below(random.pick([0x80, 0x800, 0x10000, 0x110000]));
          return charOf(code >= 0xd800 && code < 0xe000 ? code - 0x800 : code);
        }).join('');
      const keys = new Set(Array.from({ length: 80 }, key));
      await roundTrip(
        openCollection(stage),
        [...keys].filter((one) => one !== '.' && one !== '..'),
      );
    },
  ),
  defineCase('keys/markup', 'A key of <script>alert("1 & 2")</script> is text like any other', async (stage) => {
    const c = openCollection(stage);
    const key = '</pre><script>alert("1 & 2")</script><!--';
    await roundTrip(c, [key]);
    expectHeader(pageOf(await c.list()).answer, 'content-type', /^application\/json/);
    await removeAll(c, [key]);
  }),
];
