import { expect, test } from 'vitest';
import { registerCacheMetrics } from './cache.ts';
import { createRegistry } from './registry.ts';

test('the metrics of a cache are what it counts', async () => {
  const registry = createRegistry();
  registerCacheMetrics(registry, () => ({ hits: 1, misses: 2, evictions: 3, bytes: 4, entries: 5 }));
  const samples = (await registry.render()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(samples).toEqual([
    'commander_cache_hits_total 1',
    'commander_cache_misses_total 2',
    'commander_cache_evictions_total 3',
    'commander_cache_bytes 4',
    'commander_cache_entries 5',
  ]);
});
