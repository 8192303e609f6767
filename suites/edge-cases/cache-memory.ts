/** What a cache may hold, seen from outside: the memory of the server. */

import { anonymousBytes } from '../anonymous-bytes.ts';
import { expectTrue } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseInconclusive } from '../verdict.ts';
import { cachedServer } from './cached-server.ts';

const cacheBytes = 16_000_000;
const valueBytes = 200_000;
/** Fifteen times the cache. */
const values = (15 * cacheBytes) / valueBytes;
/** What answers in flight and garbage may take beside it. */
const slackBytes = 100_000_000;

async function withinMemory(stage: Stage): Promise<void> {
  const { server } = stage;
  if (server === undefined) throw new CaseInconclusive('environment', 'there is no server process to look at');
  const c = openCollection(stage);
  const value = Buffer.alloc(valueBytes, 'v');
  let mostBytes = 0;
  const each = async (action: (key: string) => Promise<unknown>): Promise<void> => {
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let index = next++; index < values; index = next++) {
        await action(`k${index}`);
        if (index % 20 === 0) mostBytes = Math.max(mostBytes, await anonymousBytes(server.pid));
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
  };
  await each((key) => c.put(key, value));
  const before = mostBytes;
  await each((key) => c.get(key));
  await each((key) => c.get(key));
  stage.note.measurement({ name: 'server anonymous memory', unit: 'bytes', value: mostBytes });
  stage.note.measurement({ name: 'of it before the reads', unit: 'bytes', value: before });
  const limit = before + cacheBytes + slackBytes;
  expectTrue(mostBytes < limit, `less than ${limit} bytes of anonymous memory`, `${mostBytes} bytes`);
}

export const cacheMemoryCases: readonly Case[] = (['lru', 'lfu'] as const).map((policy) =>
  defineCase(
    `cache/memory-${policy}`,
    `With ${policy.toUpperCase()}, reading fifteen times what the cache may hold leaves the memory of the server within its bound`,
    withinMemory,
    {
      ...cachedServer('--cache-bytes', `${cacheBytes}`, '--cache-sole-writer', '--cache-policy', policy),
      costMs: 12_000,
      timeoutMs: 120_000,
    },
  ),
);
