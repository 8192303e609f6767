/** How a batch carries values: as json, text or base64. */

import { defineBatchCase, openBatches } from '../batch.ts';
import { expectBody, expectEqual, expectHeader, expectStatus, expectTrue } from '../check.ts';
import { openCollection } from '../collection.ts';
import type { Case } from '../suite.ts';

const json = { 'Content-Type': 'application/json' };

export const batchValueCases: readonly Case[] = [
  defineBatchCase(
    'batch/media-types',
    'Values as json, text and base64 are stored with the media type that belongs to them',
    async (stage) => {
      const b = openBatches(stage);
      const c = openCollection(stage);
      const bytes = Buffer.from([0, 255, 128]);
      await b.run(
        [
          b.set('json', '', { text: undefined, json: { a: [1, null, 'é'] } }),
          b.set('null', '', { text: undefined, json: null }),
          b.set('text', 'é\u0000'),
          b.set('base64', '', { text: undefined, base64: bytes.toString('base64') }),
          b.set('own', '{}', { contentType: 'application/json; a="b, c"' }),
          b.set('empty', ''),
        ],
        Array(6).fill(200),
      );
      const expected = [
        ['json', 'application/json', '{"a":[1,null,"é"]}'],
        ['null', 'application/json', 'null'],
        ['text', 'text/plain; charset=utf-8', 'é\u0000'],
        ['base64', 'application/octet-stream', bytes],
        ['own', 'application/json; a="b, c"', '{}'],
        ['empty', 'text/plain; charset=utf-8', ''],
      ] as const;
      for (const [key, contentType, body] of expected) {
        const answer = expectStatus(await c.get(key), 200);
        expectHeader(answer, 'content-type', contentType);
        expectBody(answer, body);
      }
    },
  ),
  defineBatchCase('batch/exact-json', 'A get tells stored JSON byte for byte, with all digits', async (stage) => {
    const b = openBatches(stage);
    const stored = '{"id": 9007199254740993, "b":1,"a":1.0}';
    await openCollection(stage).store('k', stored, { headers: json });
    const answer = expectStatus(await b.send([b.get('k')]), 200);
    expectTrue(answer.body.includes(`"json":${stored}`), `the bytes ${stored}`, answer.body.toString(), answer);
  }),
  defineBatchCase(
    'batch/forms',
    'A get tells what is no JSON as text, and what is no UTF-8 as base64',
    async (stage) => {
      const b = openBatches(stage);
      const c = openCollection(stage);
      await c.store('broken', '{"a":', { headers: json });
      await c.store('bytes', Buffer.from([0xc3, 0x28]), { headers: json });
      const [broken, bytes] = await b.run([b.get('broken'), b.get('bytes')], [200, 200]);
      expectEqual('the text', broken?.text, '{"a":');
      expectEqual('the base64', bytes?.base64, 'wyg=');
    },
  ),
];
