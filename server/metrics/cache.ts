import type { CacheCounts } from '../backends/cache/cache.ts';
import type { MetricsRegistry } from './registry.ts';

export function registerCacheMetrics(registry: MetricsRegistry, read: () => CacheCounts): void {
  const counter = (name: string, help: string) => registry.counter({ name, help }).of({});
  const gauge = (name: string, help: string) => registry.gauge({ name, help }).of({});
  const hits = counter('commander_cache_hits_total', 'Reads that the cache answered.');
  const misses = counter('commander_cache_misses_total', 'Reads that went to the store.');
  const evictions = counter('commander_cache_evictions_total', 'Cached records that made room for others.');
  const bytes = gauge('commander_cache_bytes', 'What the cached records take, by the measure of --cache-bytes.');
  const entries = gauge('commander_cache_entries', 'Records that are cached.');
  registry.collect(() => {
    const counts = read();
    hits.raiseTo(counts.hits);
    misses.raiseTo(counts.misses);
    evictions.raiseTo(counts.evictions);
    bytes.set(counts.bytes);
    entries.set(counts.entries);
  });
}
