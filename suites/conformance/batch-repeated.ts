/** Members that stand twice in one object of a batch: of two values a parser would keep the last, and tell nothing. */

import { defineBatchCase, openBatches, resultsOf, sendBody } from '../batch.ts';
import { expectBody, expectEqual, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { openCollection } from '../collection.ts';
import { pageOf } from '../listing.ts';
import type { Case } from '../suite.ts';

/** Bodies with a member twice, of a good set of the key `k` and of that key's address. */
const repeatedMembers: readonly {
  readonly id: string;
  readonly what: string;
  readonly of: (set: string, address: string) => { readonly method?: string; readonly body: string };
  readonly names: readonly string[];
}[] = [
  {
    id: 'op',
    what: 'An op',
    of: (set) => ({ body: `{"operations":[${set},${set.replace('"op":"set"', '"op":"delete","op":"set"')}]}` }),
    names: ['operations[1]', '"op"'],
  },
  {
    id: 'key',
    what: 'A key',
    of: (set) => ({ body: `{"operations":[${set.replace('"key":', '"key":"there","key":')},${set}]}` }),
    names: ['operations[0]', '"key"'],
  },
  {
    id: 'value',
    what: 'A value',
    of: (set) => ({ body: `{"operations":[${set},${set},${set.replace('"text":', '"text":"no","text":')}]}` }),
    names: ['operations[2]', '"text"'],
  },
  {
    id: 'escaped',
    what: 'A member written in two ways',
    of: (set) => ({ body: `{"operations":[${set.replace('"text":', '"ttlMs":5,"ttl\\u004ds":60000,"text":')}]}` }),
    names: ['operations[0]', '"ttlMs"'],
  },
  {
    id: 'condition',
    what: 'A condition',
    of: (set) => ({ body: `{"operations":[${set.replace('"text":', '"ifMatch":"*","ifMatch" : "*","text":')}]}` }),
    names: ['operations[0]', '"ifMatch"'],
  },
  {
    id: 'atomic',
    what: 'The member atomic',
    of: (set) => ({ body: `{"atomic":true,"operations":[${set}],"atomic":false}` }),
    names: ['The body', '"atomic"'],
  },
  {
    id: 'operations',
    what: 'The member operations',
    of: (set) => ({ body: `{"operations":[${set}],"operations":[${set}]}` }),
    names: ['The body', '"operations"'],
  },
  {
    id: 'delete-key',
    what: 'A key to delete',
    of: (_, address) => ({
      method: 'DELETE',
      body: `{"keys":[${address},${address.replace('"key":', '"key":"there","key":')}]}`,
    }),
    names: ['keys[1]', '"key"'],
  },
];

export const repeatedMemberCases: readonly Case[] = [
  ...repeatedMembers.map(({ id, what, of, names }) =>
    defineBatchCase(
      `batch/repeated-${id}`,
      `${what} that stands twice is 400, named by its place, and nothing is done`,
      async (stage) => {
        const b = openBatches(stage);
        const { op, ...address } = b.set('k', 'v');
        const good = JSON.stringify({ op, ...address });
        const { method = 'POST', body } = of(good, JSON.stringify({ ...address, text: undefined }));
        expectStatus(await openCollection(stage).put('there', 'v'), 201);
        const answer = await sendBody(stage, body, { method });
        const { detail } = expectProblem(answer, 400, 'invalid_body');
        for (const name of names)
          expectTrue(String(detail).includes(name), `${name} in the detail`, String(detail), answer);
        const { items } = pageOf(await openCollection(stage).list());
        expectEqual(
          'the keys that are stored',
          items.map(({ key }) => key),
          ['there'],
        );
      },
    ),
  ),
  defineBatchCase(
    'batch/repeated-inside',
    'In a value a member may stand twice, and braces, colons and quotes in texts and keys are no members',
    async (stage) => {
      const b = openBatches(stage);
      const text = '{"op":"set","op":"get"} \\":[{"a":1';
      const odd = '":{"key":"';
      const json = JSON.stringify(b.set('json', '')).replace('"text":""', '"json":{"a":1,"a":2}');
      const operations = [b.set('text', text), b.set(odd, text), b.get('text'), b.get(odd)].map((step) =>
        JSON.stringify(step, null, 1),
      );
      const answer = await sendBody(stage, `{ "operations" : [${[json, ...operations].join(' , ')}] }`);
      const results = resultsOf(expectStatus(answer, 200));
      expectEqual('the texts', [results[3]?.text, results[4]?.text], [text, text]);
      expectBody(await openCollection(stage).get('json'), '{"a":2}');
    },
  ),
];
