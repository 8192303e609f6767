/** Everything that one key can go through, by chance. */

import type { Act } from './workload.ts';

const longMs = 60_000;

/** Of 100 operations 30 read, the others write, create, compare and set, touch and delete. */
export const actMixed: Act = async (client, key, random) => {
  const share = random.below(100);
  if (share < 30) return client.get(key);
  if (share < 50) return client.set(key);
  if (share < 60) return client.set(key, { ttlMs: longMs });
  if (share < 68) return client.create(key);
  if (share < 84) {
    const { type, output, server } = await client.get(key);
    if (type !== 'ok' || output === null || server.version === null) return client.create(key);
    return client.cas(key, server.version);
  }
  return share < 92 ? client.delete(key) : client.touch(key, random.below(2) === 0 ? null : longMs);
};
