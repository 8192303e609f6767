import { expectBody, expectEqual, expectStatus } from '../check.ts';
import type { Collection } from '../collection.ts';
import { listKeys } from '../listing.ts';

/** Writes each key, reads each back, and demands that the listing holds exactly these in bytewise order. */
export async function roundTrip(c: Collection, keys: readonly string[]): Promise<void> {
  for (const key of keys) expectStatus(await c.put(key, `value of ${key}`), 201);
  for (const key of keys) expectBody(expectStatus(await c.get(key), 200), `value of ${key}`);
  expectEqual('keys', await listKeys(c, 'limit=7'), [...keys].sort(bytewise));
}

export async function removeAll(c: Collection, keys: readonly string[]): Promise<void> {
  for (const key of keys) expectStatus(await c.delete(key), 204);
  expectEqual('keys after all were deleted', await listKeys(c), []);
}

function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
