/** What the process takes: memory, processor, garbage collection. */

import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { watchEventLoop } from './event-loop.ts';
import type { MetricsRegistry } from './registry.ts';

export interface BuildFacts {
  readonly version: string;
  readonly build: string;
  /** Registry name of the store. */
  readonly engine: string;
}

export interface WatchOptions {
  /** Called every 100 ms with how late the event loop was. */
  readonly onLook?: (lagMs: number) => void;
}

const collectionKinds: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak-callbacks',
};

/** Watches until it is disposed. */
export function watchProcess(registry: MetricsRegistry, facts: BuildFacts, { onLook }: WatchOptions = {}): Disposable {
  registry
    .gauge({
      name: 'commander_build_info',
      help: 'Always 1; the labels say what runs.',
      labels: ['version', 'build', 'engine', 'node'],
    })
    .of({ version: facts.version, build: facts.build, engine: facts.engine, node: process.version })
    .set(1);
  const startedAt = registry.gauge({
    name: 'commander_process_start_time_seconds',
    help: 'When the process began, in seconds since the epoch.',
  });
  startedAt.of({}).set((Date.now() - performance.now()) / 1000);
  collectProcess(registry);
  const watched = new DisposableStack();
  watched.use(watchEventLoop(registry, onLook));
  watched.use(watchCollections(registry));
  return watched;
}

function collectProcess(registry: MetricsRegistry): void {
  const gauge = (name: string, help: string) => registry.gauge({ name, help }).of({});
  const resident = gauge('commander_process_resident_memory_bytes', 'Memory of the process that is in RAM.');
  const heapUsed = gauge('commander_heap_used_bytes', 'Bytes of the JavaScript heap that are in use.');
  const heapSize = gauge('commander_heap_size_bytes', 'Bytes of the JavaScript heap.');
  const external = gauge('commander_external_memory_bytes', 'Bytes outside the heap that its objects hold: buffers.');
  const cpu = registry.counter({
    name: 'commander_process_cpu_seconds_total',
    help: 'Processor time of all threads of the process.',
    labels: ['mode'],
  });
  registry.collect(() => {
    const memory = process.memoryUsage();
    resident.set(memory.rss);
    heapUsed.set(memory.heapUsed);
    heapSize.set(memory.heapTotal);
    external.set(memory.external);
    const { user, system } = process.cpuUsage();
    cpu.of({ mode: 'user' }).raiseTo(user / 1e6);
    cpu.of({ mode: 'system' }).raiseTo(system / 1e6);
  });
}

function watchCollections(registry: MetricsRegistry): Disposable {
  const seconds = registry.counter({
    name: 'commander_gc_seconds_total',
    help: 'Time that the garbage collector held the process up.',
    labels: ['kind'],
  });
  const byKind = new Map(Object.values(collectionKinds).map((kind) => [kind, seconds.of({ kind })]));
  for (const counter of byKind.values()) counter.add(0);
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail, duration } = entry as PerformanceEntry & { readonly detail: { readonly kind: number } };
      byKind.get(collectionKinds[detail.kind] ?? '')?.add(duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return { [Symbol.dispose]: () => observer.disconnect() };
}
