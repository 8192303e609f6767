import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeRecord, type RecordFields } from '../record.ts';
import type { Revision } from '../revision.ts';
import { createSeededRandom } from '../test-support/seeded-random.ts';
import { PageText } from './page-text.ts';
import { renderRecord } from './render-record.ts';

const types = ['text/plain', 'text/plain; charset="utf-8"', '', 'a\\b', `a/${'b'.repeat(253)}`, 'caf\u00e9', '\0'];
const sizes = [0, 1, 9, 10, 99, 100, 65_536, 65_537];
const characters = ['a', 'z', ' ', '/', '"', '\\', '\0', '\n', '\u001f', '\u007f', '\u0080', '\u{1f321}', '\uffff'];

interface Item {
  readonly key: string;
  /** Undefined: damaged. */
  readonly fields: RecordFields | undefined;
}

/** Keys and records stand in memory that is used again, as an engine gives them. */
const keyBytes = Buffer.alloc(2_000, 0xff);
const shared = Buffer.alloc(100_000, 0xff);

function write(text: PageText, { key, fields }: Item, offset: number): void {
  const keyTo = offset + keyBytes.write(key, offset, 'utf8');
  const bytes = fields && encodeRecord(key, fields);
  bytes?.copy(shared);
  if (bytes === undefined) text.addDamaged({ keyBytes, keyFrom: offset, keyTo });
  else text.add({ keyBytes, keyFrom: offset, keyTo, record: shared.subarray(0, bytes.length) });
}

/** As the items of an engine that gives no bytes are rendered. */
function rendered(items: readonly Item[], cursor: string | undefined): string {
  const texts = items.map(({ key, fields }) => {
    const first = `{"key":${JSON.stringify(key)}`;
    if (fields === undefined) return `${first},"error":"record_corrupt"}`;
    return renderRecord(first, { ...fields, size: fields.value.length }, undefined);
  });
  return `{"items":[${texts.join(',')}]${cursor === undefined ? '' : `,"cursor":"${cursor}"`}}`;
}

function textOf(items: readonly Item[], cursor: string | undefined): string {
  const text = new PageText();
  for (const [index, item] of items.entries()) write(text, item, index % 100);
  return text.finish(cursor).toString();
}

const seed = randomInt(2 ** 32);

test(`a page written from bytes is the page of its items, character by character (seed ${seed})`, () => {
  const random = createSeededRandom(seed);
  const hex = (): string => Array.from({ length: 32 }, () => random.integer(16).toString(16)).join('');
  const makeItem = (awkward: boolean): Item => {
    const keyLength = 1 + random.integer(random.pick([1, 10, 250]));
    const key = Array.from({ length: keyLength }, () => (awkward ? random.pick(characters) : 'k')).join('');
    const fields = {
      revision: hex() as Revision,
      contentType: random.pick(awkward ? types : types.slice(0, 2)),
      expiresAtMs: random.pick([0, 1, 2 ** 32, 4_000_000_000_000]) || undefined,
      value: Buffer.alloc(random.pick(sizes)),
    };
    return { key, fields: random.integer(10) === 0 ? undefined : fields };
  };
  for (let round = 0; round < 100; round += 1) {
    const awkward = random.integer(2) === 0;
    const items = Array.from({ length: random.integer(random.pick([3, 20, 120])) }, () => makeItem(awkward));
    const cursor = random.pick(['', 'Zm9v', 'x'.repeat(1_376)]) || undefined;
    expect(textOf(items, cursor)).toBe(rendered(items, cursor));
  }
});

test('a page is text exactly where it has ASCII alone', () => {
  const finish = (key: string, contentType: string): string | Buffer => {
    const text = new PageText();
    const fields = {
      revision: 'a'.repeat(32) as Revision,
      contentType,
      expiresAtMs: undefined,
      value: Buffer.alloc(0),
    };
    write(text, { key, fields }, 0);
    return text.finish(undefined);
  };
  expect(finish('"\u007f', 'a/b')).toBeTypeOf('string');
  expect(finish('\u0080', 'a/b')).toBeInstanceOf(Buffer);
  expect(finish('a', 'caf\u00e9')).toBeInstanceOf(Buffer);
  expect(finish('a', 'a/b')).toBeTypeOf('string');
});

test('pages that are written at once do not mix, nor does one change when the next is written', () => {
  const damaged = (key: string): Item => ({ key, fields: undefined });
  const first = new PageText();
  const second = new PageText();
  write(first, damaged('\u0101'), 0);
  write(second, damaged('\u0102'), 0);
  write(first, damaged('\u0103'), 0);
  const pages = [first.finish(undefined), second.finish(undefined)];
  const later = textOf([damaged('later')], undefined);
  expect(pages.map(String)).toEqual([
    rendered([damaged('\u0101'), damaged('\u0103')], undefined),
    rendered([damaged('\u0102')], undefined),
  ]);
  expect(later).toBe(rendered([damaged('later')], undefined));
});

test('a page that outgrows what was kept is whole', () => {
  const fields = { revision: 'a'.repeat(32) as Revision, contentType: 'a/b', expiresAtMs: 1, value: Buffer.alloc(9) };
  for (const fieldsOfAll of [fields, undefined]) {
    const items = Array.from(
      { length: 1_000 },
      (_, index): Item => ({ key: `${index}${'\0'.repeat(900)}`, fields: fieldsOfAll }),
    );
    expect(textOf(items, 'x')).toBe(rendered(items, 'x'));
  }
  expect(textOf([], undefined)).toBe('{"items":[]}');
});
