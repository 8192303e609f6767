import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly intervalMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Polls until `poll` gives something other than undefined. What `poll` throws counts as "not yet" and is told when
 * the time is over. Rejects with the signal's reason when it aborts.
 */
export async function waitFor<T>(what: string, poll: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const end = performance.now() + options.timeoutMs;
  let last: unknown;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const found = await poll();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= end) {
      const because = last instanceof Error ? `: ${last.message}` : '';
      throw new Error(`waited ${options.timeoutMs} ms for ${what}${because}`, { cause: last });
    }
    await delay(options.intervalMs ?? 50, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}

/** Resolves with `work`, or with `late` once `timeoutMs` have passed. The timer never holds the process. */
export async function within<T, L>(timeoutMs: number, work: Promise<T>, late: L): Promise<T | L> {
  const { promise, resolve } = Promise.withResolvers<L>();
  const timer = setTimeout(() => resolve(late), timeoutMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
