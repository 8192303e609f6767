/** What one credential has used or made, and another one has nothing to do with. */

import { batchPath, resultsOf } from '../batch.ts';
import { expectEqual, expectHeader, expectProblem, expectStatus } from '../check.ts';
import { authorizationOf, type Holder } from '../credentials.ts';
import type { Case, Stage } from '../suite.ts';
import { admin, ask, defineAccessCase, reader, writer } from './access-case.ts';

const burst = 30;

/** A batch that shows by its condition whether it has run before. */
function sendKeyed({ client, namespace }: Stage, sender: Holder, key: string) {
  const operation = { op: 'set', namespace, collection: 'c', key, text: key, ifNoneMatch: '*' };
  return client.request({
    method: 'POST',
    path: batchPath,
    headers: {
      Authorization: authorizationOf(sender),
      'Content-Type': 'application/json',
      'Idempotency-Key': 'shared',
    },
    body: JSON.stringify({ operations: [operation] }),
  });
}

export const accessApartCases: readonly Case[] = [
  defineAccessCase(
    'idempotency-keys-apart',
    'One Idempotency-Key of two credentials is two keys: neither gets the answer of the other, nor a mismatch',
    async (stage) => {
      expectStatus(await sendKeyed(stage, admin, 'a'), 200);
      const other = expectStatus(await sendKeyed(stage, writer, 'b'), 200);
      expectHeader(other, 'idempotency-replayed', undefined);
      expectEqual('the status', resultsOf(other)[0]?.status, 200);
      // Who may not write is not told by the key what somebody else wrote.
      expectProblem(await sendKeyed(stage, reader, 'a'), 403, 'access_denied');
      const replayed = expectStatus(await sendKeyed(stage, admin, 'a'), 200);
      expectHeader(replayed, 'idempotency-replayed', 'true');
    },
  ),
  defineAccessCase(
    'rates-apart',
    'Who has sent as many requests as it may leaves those of another credential from the same address alone',
    async (stage) => {
      const version = (sender: Holder) => ask(stage, 'GET', '/api/v1/version', sender);
      for (let count = 0; count <= burst + 5; count += 1) await version(reader);
      expectProblem(await version(reader), 429, 'rate_limited');
      expectStatus(await version(writer), 200);
      expectProblem(await version(reader), 429, 'rate_limited');
    },
    ['--rate-limit', '1', '--rate-limit-burst', `${burst}`],
  ),
];
