import { expect, test } from 'vitest';
import { registerConnectionMetrics } from './connections.ts';
import { createRegistry } from './registry.ts';

test('the metrics of connections are what the engine counts', async () => {
  const registry = createRegistry();
  registerConnectionMetrics(registry, () => ({ inUse: 1, idle: 2, waiting: 3, created: 4, failed: 5 }));
  const samples = (await registry.render()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(samples).toEqual([
    'commander_store_connections{state="in-use"} 1',
    'commander_store_connections{state="idle"} 2',
    'commander_store_connection_waiters 3',
    'commander_store_connections_created_total 4',
    'commander_store_connection_failures_total 5',
  ]);
});
