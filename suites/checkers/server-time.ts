/** What the server's clock may have shown, which a test can move. */

import type { Operation } from '../history.ts';

export interface ClockParameters {
  /** frozen: it stands still but for what the history advances (--testing-seed). */
  readonly clock: 'running' | 'frozen';
  /** Milliseconds by which an expiry may come early or late. */
  readonly slackMs: number;
}

/** The server's clock in milliseconds, from an arbitrary start on. */
export interface ServerTime {
  /** The least that it may have shown at a moment. */
  earliest(at: bigint): number;
  latest(at: bigint): number;
}

export function createServerTime(operations: readonly Operation[], { clock }: ClockParameters): ServerTime {
  const base = operations.reduce((least, { call }) => (call < least ? call : least), operations[0]?.call ?? 0n);
  const advances = operations.filter((operation) => operation.f === 'advance' && operation.type !== 'fail');
  const running = (at: bigint): number => (clock === 'frozen' ? 0 : Number(at - base) / 1e6);
  const sum = (at: bigint, counts: (one: Operation) => boolean): number => {
    let total = running(at);
    for (const one of advances) if (one.f === 'advance' && counts(one)) total += one.advanceMs;
    return total;
  };
  return {
    earliest: (at) => sum(at, (one) => one.type === 'ok' && one.return <= at),
    latest: (at) => sum(at, (one) => one.call <= at),
  };
}
