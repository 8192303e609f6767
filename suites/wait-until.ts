import { setTimeout as delay } from 'node:timers/promises';
import { CaseFailed, CaseInconclusive } from './verdict.ts';

interface WaitOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** True: that it comes in time is what the case claims. */
  readonly claimed?: boolean;
}

const intervalMs = 5;

/** Polls until the condition holds. Once the time is over it throws CaseInconclusive, or CaseFailed where it is claimed. */
export async function waitUntil(what: string, condition: () => boolean, options: WaitOptions): Promise<void> {
  const end = performance.now() + options.timeoutMs;
  while (!condition()) {
    options.signal.throwIfAborted();
    if (performance.now() >= end) {
      if (options.claimed === true) throw new CaseFailed(what, `not within ${options.timeoutMs} ms`);
      throw new CaseInconclusive('too_slow', `waited ${options.timeoutMs} ms for ${what}`);
    }
    await delay(intervalMs, undefined, { signal: options.signal });
  }
}
