import { waitFor } from '../wait.ts';
import type { StoreEngine } from './engines/engine.ts';

export interface Starting {
  readonly url: string;
  /** Where the store reaches itself. */
  readonly ownAddress: string;
  /** Why the store is no longer there; undefined while it runs. */
  readonly ended: () => Promise<string | undefined>;
  readonly signal: AbortSignal;
}

/** Waits until the store takes writes; rejects at once when it has ended, and after a minute in any case. */
export async function waitReady(engine: StoreEngine, starting: Starting): Promise<void> {
  let end: string | undefined;
  const look = async (): Promise<true> => {
    end = await starting.ended();
    if (end === undefined) await engine.ready(starting.url, starting.ownAddress);
    return true;
  };
  await waitFor(`${engine.title} to take writes`, look, {
    timeoutMs: 60_000,
    intervalMs: 100,
    signal: starting.signal,
  });
  if (end !== undefined) throw new Error(`${engine.title} ended while it started: ${end}`);
}
