/** What a full cache keeps, held against a reference of its size on the same trace. */

import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { judgeHistory } from '../judge-history.ts';
import { openHistory } from '../recorder.ts';
import type { Case, Stage } from '../suite.ts';
import { cachedServer } from './cached-server.ts';

const cacheBytes = 100_000;
const valueBytes = 40;
/** What the documentation says of an entry: 900 bytes, its names twice, its media type and its value. */
const entryBytes = (pathLength: number): number => 900 + 2 * pathLength + 'text/plain'.length + valueBytes;
const keys = 400;
const reads = 6_000;
/** More than half of what fits. */
const hot = 60;

/** Four of five reads are of hot keys, in the first third of other ones: what was hot once must make room. */
function traceOf({ random }: Stage): string[] {
  return Array.from({ length: reads }, (_, index) => {
    const first = index < reads / 3 ? hot : 0;
    return `k${random.below(5) > 0 ? first + random.below(hot) : random.below(keys)}`;
  });
}

async function keepWhatIsUsed(stage: Stage, policy: 'lru' | 'lfu'): Promise<void> {
  const c = openCollection(stage);
  for (let key = 0; key < keys; key += 1) {
    await c.store(`k${key}`, 'v'.repeat(valueBytes), { headers: { 'Content-Type': 'text/plain' } });
  }
  const history = openHistory(stage);
  const process = history.nextProcess();
  for (const key of traceOf(stage)) {
    await history.record({
      intent: { f: 'get', key, input: null, process },
      send: () => stage.client.request({ method: 'GET', path: c.pathOf(key) }),
      // Of the cache, not of the store: what it had to fetch was absent.
      read: (answer) => (answer.header('x-cache') === 'hit' ? 'kept' : null),
    });
  }
  const capacity = Math.floor(cacheBytes / entryBytes(`${stage.namespace}/c/k100`.length));
  const hotKeys = Array.from({ length: hot }, (_, key) => `k${key}`);
  await judgeHistory(stage, history, [
    {
      checker: 'hit-ratio',
      parameters: {
        ...{ policy, capacity, tolerance: 0.06, hotKeys, leastHotRatio: 0.8 },
        ...{ warmUp: (reads * 2) / 3, fillsOnMiss: true },
      },
      minimums: { reads: 1_000 },
    },
  ]);
}

export const cacheEvictionCases: readonly Case[] = (['lru', 'lfu'] as const).map((policy) =>
  defineCase(
    `cache/keeps-what-is-used-${policy}`,
    `A full cache by ${policy.toUpperCase()} hits about as often as a reference of its size, and what is used now stays`,
    (stage) => keepWhatIsUsed(stage, policy),
    {
      ...cachedServer('--cache-bytes', `${cacheBytes}`, '--cache-sole-writer', '--cache-policy', policy),
      costMs: 3_000,
      timeoutMs: 60_000,
    },
  ),
);
