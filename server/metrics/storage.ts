import type { StorageState } from '../backends/storage-state.ts';
import type { MetricsRegistry } from './registry.ts';

/** Of a store that keeps files of its own. */
export function registerStorageMetrics(registry: MetricsRegistry, read: () => StorageState): void {
  const gauge = (name: string, help: string) => registry.gauge({ name, help }).of({});
  const counter = (name: string, help: string) => registry.counter({ name, help }).of({});
  const foundAt = gauge(
    'commander_recovery_timestamp_seconds',
    'When a damaged data file was last replaced; absent where none was.',
  );
  const lost = gauge(
    'commander_recovery_lost_seconds',
    'How old the snapshot was that took its place: what was written in that time is lost. Absent: there was none.',
  );
  const quarantines = gauge('commander_quarantines', 'Damaged data files that are kept aside.');
  const damaged = gauge(
    'commander_damaged_records',
    'Records that were damaged when the data file was last read through.',
  );
  const newestAt = gauge('commander_snapshot_timestamp_seconds', 'When the newest snapshot was taken.');
  const bytes = gauge('commander_snapshot_bytes', 'Bytes of the newest snapshot.');
  const duration = gauge('commander_snapshot_duration_seconds', 'What the last snapshot took, its check included.');
  const taken = counter('commander_snapshots_total', 'Snapshots that were taken.');
  const failed = counter('commander_snapshot_failures_total', 'Attempts to take a snapshot that failed.');
  registry.collect(() => {
    const { recovery, snapshots, ...state } = read();
    foundAt.set(inSeconds(recovery?.foundAtMs));
    lost.set(recovery?.restoredToMs === undefined ? undefined : inSeconds(recovery.foundAtMs - recovery.restoredToMs));
    quarantines.set(state.quarantines);
    damaged.set(state.damagedRecords);
    newestAt.set(inSeconds(snapshots.newestAtMs));
    bytes.set(snapshots.newestBytes);
    duration.set(inSeconds(snapshots.durationMs));
    taken.raiseTo(snapshots.taken);
    failed.raiseTo(snapshots.failed);
  });
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
