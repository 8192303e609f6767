/**
 * How late the event loop runs what is due, from a timer of our own. A histogram that only grows: two who scrape do
 * not take each other's measurements, as they would from one that is reset when it is read.
 */

import type { MetricsRegistry } from './registry.ts';

/** A stall shorter than this is seen in part of the cases only; a process that idles is woken as often. */
const lookEveryMs = 100;

const lagBounds = [
  ...[0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15],
  ...[0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10],
];

/** `onLook` is called every 100 ms with how late that was. */
export function watchEventLoop(
  registry: MetricsRegistry,
  onLook: (lagMs: number) => void = () => undefined,
): Disposable {
  const lag = registry
    .histogram({
      name: 'commander_event_loop_lag_seconds',
      help: 'How late the event loop ran a timer that was due, looked at every 100 ms.',
      bounds: lagBounds,
    })
    .of({});
  const active = registry
    .counter({
      name: 'commander_event_loop_active_seconds_total',
      help: 'Time that the event loop was busy; its rate is the utilization of the thread.',
    })
    .of({});
  registry.collect(() => active.raiseTo(performance.eventLoopUtilization().active / 1000));

  let dueMs = performance.now() + lookEveryMs;
  const look = (): void => {
    const nowMs = performance.now();
    const lagMs = Math.max(0, nowMs - dueMs);
    lag.observe(lagMs / 1000);
    onLook(lagMs);
    dueMs = nowMs + lookEveryMs;
  };
  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
