import { afterEach, beforeEach, expect, test } from 'vitest';
import { addressOfKey, type LmdbFolder, openLmdbFolder, setRequest } from '../../test-support/open-lmdb-folder.ts';
import { rawUtf8KeyEncoder } from './key-encoder.ts';

let folder: LmdbFolder;

beforeEach(async () => {
  folder = await openLmdbFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

const long = 'x'.repeat(70);

/** What the library's own encoding loses, and what a careless order puts elsewhere. */
const keys = [
  ...['\u0000', '\u0001', '\u0002', '\u0003', '\u0004', '\u0005'].flatMap((control) => [
    control,
    `${control}${long}`,
    `${long}${control}`,
    `${long}${control}${long}`,
    `a${control}b`,
    control.repeat(64),
    control.repeat(1024),
  ]),
  '.',
  '..',
  '/',
  '//',
  'a/b',
  '\u007f',
  '\u0080',
  '\u07ff',
  '\u0800',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
  '\ufeff',
  'e\u0301',
  '\u00e9',
  '\u{1f321}'.repeat(256),
  'z'.repeat(1024),
];

const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

test('every key is found, listed once and in bytewise order, page by page', async () => {
  const backend = await folder.backend();
  await Promise.all(keys.map((key) => backend.set(addressOfKey(key), setRequest(key), folder.call())));
  for (const key of keys) expect((await backend.get(addressOfKey(key), folder.call()))?.value.toString()).toBe(key);
  const listed: string[] = [];
  let after: string | undefined;
  do {
    const page = await backend.list(
      { namespace: 'n', collection: 'c', prefix: '', after, limit: 7, withValues: false },
      folder.call(),
    );
    listed.push(...page.items.map((item) => item.key));
    after = page.examinedTo;
  } while (after !== undefined);
  expect(listed).toEqual([...keys].sort(bytewise));
});

test('each key is a prefix of the keys that begin with it and of no other', async () => {
  const backend = await folder.backend();
  await Promise.all(keys.map((key) => backend.set(addressOfKey(key), setRequest(key), folder.call())));
  for (const prefix of keys) {
    const page = await backend.list(
      { namespace: 'n', collection: 'c', prefix, after: undefined, limit: 1000, withValues: false },
      folder.call(),
    );
    expect(page.items.map((item) => item.key)).toEqual(keys.filter((key) => key.startsWith(prefix)).sort(bytewise));
  }
});

test.each([[''], ['a'], ['\u{10ffff}'.repeat(10)], [keys.join('')]])('%j goes there and back at any offset', (key) => {
  const target = Buffer.alloc(20_000);
  const end = rawUtf8KeyEncoder.writeKey(key, target, 13);
  expect(end).toBe(13 + Buffer.byteLength(key));
  expect(rawUtf8KeyEncoder.readKey(target, 13, end)).toBe(key);
});
