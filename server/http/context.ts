/** What every route works with. The seams are arguments, so a test composes the app it wants. */

import type { Backend, Call } from '../backends/backend.ts';
import { Deadline } from '../backends/deadline.ts';
import type { StorageState } from '../backends/storage-state.ts';
import type { Clock, TestingClock } from '../clock.ts';
import type { MetricsRegistry } from '../metrics/registry.ts';
import type { Pressure } from '../pressure/pressure.ts';

export interface ServerLimits {
  readonly maxValueBytes: number;
  /** What a call of the store may take at least; a value adds 1 s per MB. */
  readonly storeTimeoutMs: number;
  /** How long the answer to a request with an Idempotency-Key is kept. */
  readonly idempotencyTtlMs: number;
}

export interface ServerContext {
  readonly backend: Backend;
  readonly clock: Clock;
  /** The same clock when it can be moved (--testing). */
  readonly testingClock: TestingClock | undefined;
  readonly limits: ServerLimits;
  /** True when a cache stands before the store: reads look at Cache-Control, and answers say where they come from. */
  readonly cached: boolean;
  readonly metrics: MetricsRegistry;
  readonly pressure: Pressure;
  /** Of a store that keeps files of its own: their damage, their copies. */
  readonly storage?: (() => StorageState) | undefined;
  /** Folder whose disk the metrics show; undefined where there is none. */
  readonly dataFolder: string | undefined;
  readonly version: string;
  readonly build: string;
  /** Turns true once, when the server begins to end. */
  readonly shutdown: { readonly begun: boolean };
}

/** A call now, with time for a value of `valueBytes`. */
export function newCall(context: ServerContext, valueBytes: number): Call {
  return {
    nowMs: context.clock.now(),
    deadline: new Deadline(context.limits.storeTimeoutMs + valueBytes / 1000),
  };
}

/** A call that may bring back a value of up to the limit. */
export function newReadCall(context: ServerContext): Call {
  return newCall(context, context.limits.maxValueBytes / 4);
}
