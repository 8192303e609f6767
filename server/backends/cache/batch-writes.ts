import type { BatchOutcome, BatchRequest } from '../backend.ts';
import type { Reach } from './coherence.ts';

/** What a batch may write, and which of its operations each of these is; the receipt is none. */
export function writesOf({ operations, receipt }: BatchRequest): {
  readonly indices: readonly number[];
  readonly reaches: readonly Reach[];
} {
  const writes = [...operations.entries()].filter(([, { op }]) => op !== 'get');
  const reaches = writes.map(([, { address }]) => address);
  return {
    indices: writes.map(([index]) => index),
    reaches: receipt === undefined ? reaches : [...reaches, receipt.address],
  };
}

/** Which of these writes came to nobody knows what. */
export function failedOf(outcome: BatchOutcome, indices: readonly number[]): readonly number[] {
  if (outcome.outcome === 'aborted') return [];
  return [...indices.keys()].filter((at) => outcome.items[indices[at] as number]?.outcome === 'failed');
}
