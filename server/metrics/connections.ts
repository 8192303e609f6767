import type { ConnectionCounts } from '../backends/connection-counts.ts';
import type { MetricsRegistry } from './registry.ts';

export function registerConnectionMetrics(registry: MetricsRegistry, count: () => ConnectionCounts): void {
  const counter = (name: string, help: string) => registry.counter({ name, help }).of({});
  const connections = registry.gauge({
    name: 'commander_store_connections',
    help: 'Connections to the store, by whether a call is under way on them.',
    labels: ['state'],
  });
  const waiting = registry.gauge({
    name: 'commander_store_connection_waiters',
    help: 'Calls that wait for a connection to the store.',
  });
  const created = counter('commander_store_connections_created_total', 'Connections to the store that were opened.');
  const failed = counter(
    'commander_store_connection_failures_total',
    'Connections to the store that broke, and attempts to open one that failed.',
  );
  registry.collect(() => {
    const counts = count();
    connections.of({ state: 'in-use' }).set(counts.inUse);
    connections.of({ state: 'idle' }).set(counts.idle);
    waiting.of({}).set(counts.waiting);
    created.raiseTo(counts.created);
    failed.raiseTo(counts.failed);
  });
}
