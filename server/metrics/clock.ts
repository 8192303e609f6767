import type { ServerClock } from '../clock.ts';
import type { MetricsRegistry } from './registry.ts';

export function registerClockMetrics(registry: MetricsRegistry, clock: Pick<ServerClock, 'aheadMs'>): void {
  const ahead = registry
    .gauge({
      name: 'commander_clock_ahead_seconds',
      help: "How far the server's clock is ahead of the system clock, which has stepped back or started behind.",
    })
    .of({});
  registry.collect(() => ahead.set(clock.aheadMs() / 1000));
}
