/** Values in a listing: exactly one of json, text and base64 carries each, whole. */

import { expectEqual, expectProblem, expectTrue } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { listAll, pageOf } from '../listing.ts';
import type { Case } from '../suite.ts';

type Carrier = 'json' | 'text' | 'base64';

const examples: readonly {
  readonly id: string;
  readonly claim: string;
  readonly type: string;
  readonly value: Buffer | string;
  readonly carrier: Carrier;
  readonly carried: unknown;
}[] = [
  {
    id: 'json',
    claim: 'Valid JSON under application/json comes as json',
    type: 'application/json',
    value: '{"a":[1,null,"b"]}',
    carrier: 'json',
    carried: { a: [1, null, 'b'] },
  },
  {
    id: 'json-scalar',
    claim: 'A JSON scalar under application/json comes as json',
    type: 'application/json',
    value: 'null',
    carrier: 'json',
    carried: null,
  },
  {
    id: 'json-invalid',
    claim: 'Invalid JSON under application/json comes as text',
    type: 'application/json',
    value: '{"a":1,}',
    carrier: 'text',
    carried: '{"a":1,}',
  },
  {
    id: 'json-with-bom',
    claim: 'JSON behind a byte order mark is not valid JSON and comes as text, the mark included',
    type: 'application/json',
    value: '\ufeff{}',
    carrier: 'text',
    carried: '\ufeff{}',
  },
  {
    id: 'json-not-utf8',
    claim: 'JSON with bytes that are not UTF-8 comes as base64',
    type: 'application/json',
    value: Buffer.from([0x22, 0xff, 0x22]),
    carrier: 'base64',
    carried: 'Iv8i',
  },
  {
    id: 'json-empty',
    claim: 'An empty value under application/json comes as empty text',
    type: 'application/json',
    value: '',
    carrier: 'text',
    carried: '',
  },
  {
    id: 'json-other-type',
    claim: 'JSON under another media type comes as text',
    type: 'text/plain',
    value: '{"a":1}',
    carrier: 'text',
    carried: '{"a":1}',
  },
  {
    id: 'text',
    claim: 'UTF-8 comes as text whatever its media type',
    type: 'application/octet-stream',
    value: 'g\u00e9n\u00e9ral \u{1F600} "\\\u0000\u001f\u2028\r\n',
    carrier: 'text',
    carried: 'g\u00e9n\u00e9ral \u{1F600} "\\\u0000\u001f\u2028\r\n',
  },
  {
    id: 'text-with-bom',
    claim: 'A byte order mark in a text is kept',
    type: 'text/plain',
    value: '\ufeffa',
    carrier: 'text',
    carried: '\ufeffa',
  },
  {
    id: 'text-empty',
    claim: 'An empty value comes as empty text',
    type: 'application/octet-stream',
    value: '',
    carrier: 'text',
    carried: '',
  },
  {
    id: 'base64',
    claim: 'Bytes that are not UTF-8 come as base64, padded',
    type: 'image/png',
    value: Buffer.from([0x89, 0x50, 0xff, 0xfe]),
    carrier: 'base64',
    carried: 'iVD//g==',
  },
  {
    id: 'base64-surrogate',
    claim: 'An encoded surrogate is not UTF-8 and comes as base64',
    type: 'text/plain',
    value: Buffer.from([0xed, 0xa0, 0x80]),
    carrier: 'base64',
    carried: '7aCA',
  },
];

const bigJson = ' {"big":9007199254740993,\n "one":1.0,"e":1E5, "twice":1,"twice":2,"\\u0041":"\\/"}';

export const listValueCases: readonly Case[] = [
  ...examples.map(({ id, claim, type, value, carrier, carried }) =>
    defineCase(`list-values/${id}`, claim, async (stage) => {
      const c = openCollection(stage);
      await c.store('k', value, { headers: { 'Content-Type': type } });
      const page = pageOf(await c.list('values=true'));
      const item: Readonly<Record<string, unknown>> = { ...page.items[0] };
      const carriers = ['json', 'text', 'base64'].filter((name) => name in item);
      expectEqual('the members that carry the value', carriers, [carrier], page.answer);
      expectEqual(`the member ${carrier}`, item[carrier], carried, page.answer);
      expectEqual('the member size', item.size, Buffer.from(value).length, page.answer);
    }),
  ),
  defineCase(
    'list-values/json-spliced',
    'JSON is spliced in byte for byte, so numbers beyond 2^53 survive',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('a', bigJson, { headers: { 'Content-Type': 'application/json' } });
      const page = pageOf(await c.list('values=true'));
      const spliced = page.answer.body.includes(bigJson.trim());
      expectTrue(spliced, `a page with the text ${bigJson.trim()}`, 'another text', page.answer);
    },
  ),
  defineCase('list-values/without', 'Without values=true an item carries no value', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v');
    const page = pageOf(await c.list());
    const item: Readonly<Record<string, unknown>> = { ...page.items[0] };
    expectEqual(
      'the members that carry a value',
      ['json', 'text', 'base64'].filter((name) => name in item),
      [],
      page.answer,
    );
  }),
  defineCase('list-values/pages', 'Pages with values hold each record’s own value', async (stage) => {
    const c = openCollection(stage);
    const keys = Array.from({ length: 9 }, (_, i) => `k${i}`);
    for (const key of keys) await c.store(key, `value of ${key}`);
    const items = await listAll(c, 'values=true&limit=2');
    expectEqual(
      'values',
      items.map((item) => [item.key, item.text]),
      keys.map((key) => [key, `value of ${key}`]),
    );
  }),
  defineCase(
    'list-values/bounded',
    'A page with values ends after 4 MB and a cursor leads to the rest',
    async (stage) => {
      const c = openCollection(stage);
      const size = Math.min(1_500_000, stage.capabilities.limits.valueBytes);
      const keys = ['a', 'b', 'c', 'd', 'e'];
      for (const key of keys) await c.store(key, Buffer.alloc(size, key));
      const page = pageOf(await c.list('values=true'));
      const shown = page.items.reduce((sum, item) => sum + item.size, 0);
      expectTrue(shown <= 4_000_000 + size, 'a page of little more than 4 MB', `${shown} bytes of values`, page.answer);
      expectTrue(page.cursor !== undefined, 'a cursor', 'none', page.answer);
      const all = await listAll(c, 'values=true');
      const told = all.map((item) => `${item.key} ${item.text === item.key.repeat(size)}`);
      expectEqual(
        'keys, and whether their values are whole',
        told,
        keys.map((key) => `${key} true`),
      );
    },
    { costMs: 800, timeoutMs: 40_000 },
  ),
  ...['false', '1', 'TRUE', ''].map((value) =>
    defineCase(
      `list-values/refused-${value === '' ? 'empty' : value.toLowerCase()}${value === 'TRUE' ? '-upper-case' : ''}`,
      `A listing with values=${value} is 400: the parameter is left out or true`,
      async (stage) => {
        expectProblem(await openCollection(stage).list(`values=${value}`), 400, 'invalid_query');
      },
    ),
  ),
];
