import { sendBody } from '../batch.ts';
import { expectStatus } from '../check.ts';
import type { Collection } from '../collection.ts';
import type { Stage } from '../suite.ts';

const width = 32;
const perBatch = 500;

/** Writes the keys `k000000` and on: in batches where the server has them, which is many times quicker. */
export async function fill(
  stage: Stage,
  c: Collection,
  { count, ttlMs }: { readonly count: number; readonly ttlMs?: number },
): Promise<void> {
  const keys = Array.from({ length: count }, (_, index) => `k${String(index).padStart(6, '0')}`);
  const batched = stage.capabilities.limits.batchItems >= perBatch;
  const query = ttlMs === undefined ? undefined : `ttlMs=${ttlMs}`;
  const worker = async (): Promise<void> => {
    for (let some = keys.splice(0, batched ? perBatch : 1); some.length > 0; some = keys.splice(0, some.length)) {
      if (batched) await setAll(stage, c, { keys: some, ttlMs });
      else expectStatus(await c.put(some[0] ?? '', 'v', { query }), 201);
    }
  };
  await Promise.all(Array.from({ length: batched ? 4 : width }, worker));
}

async function setAll(
  stage: Stage,
  { namespace, name }: Collection,
  { keys, ttlMs }: { readonly keys: readonly string[]; readonly ttlMs: number | undefined },
): Promise<void> {
  const operations = keys.map((key) => ({ op: 'set', namespace, collection: name, key, text: 'v', ttlMs }));
  expectStatus(await sendBody(stage, JSON.stringify({ operations })), 200);
}
