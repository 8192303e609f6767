import assert from 'node:assert/strict';
import type { Revision } from '../../revision.ts';
import type { ListItem, SetOutcome, TouchOutcome } from '../backend.ts';
import type { EngineHooks, Subject } from './subject.ts';

/** One claim about every backend. It throws when the claim does not hold. */
export interface ContractCase {
  /** Reads as a sentence about the backend. */
  readonly title: string;
  /** What the engine must offer beside the contract; without it the case is skipped, with the engine's reason. */
  readonly needs?: keyof EngineHooks;
  readonly run: (subject: Subject) => Promise<void>;
}

/** The revision of a write that went through. */
export function revisionOf(outcome: SetOutcome | TouchOutcome): Revision {
  if (outcome.outcome === 'touched') return outcome.head.revision;
  if (outcome.outcome === 'created' || outcome.outcome === 'replaced') return outcome.revision;
  return assert.fail(`expected a write that goes through, got ${outcome.outcome}`);
}

export function keysOf(items: readonly ListItem[]): readonly string[] {
  return items.map((item) => item.key);
}

export async function rejectsWith(code: string, action: () => Promise<unknown>): Promise<void> {
  await assert.rejects(action, (error: unknown) => {
    assert.ok(error instanceof Error && 'code' in error, `expected a CommanderError, got ${String(error)}`);
    assert.equal(error.code, code, `${error.message} ${String(error.cause ?? '')}`);
    return true;
  });
}

/** The same bytes for the same seed (Marsaglia, "Xorshift RNGs", 2003). */
export function patternBytes(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed | 1;
  for (let at = 0; at < size; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
}

/** Polls until the condition holds; one that rejects does not hold yet. */
export async function until(condition: () => Promise<boolean>, what: string, timeoutMs = 15_000): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  for (;;) {
    const held = await condition().catch((error: unknown) => error);
    if (held === true) return;
    if (performance.now() > endsAt) assert.fail(`${what} did not come true within ${timeoutMs} ms: ${String(held)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs `count` tasks, `width` at a time. */
export async function inParallel(count: number, width: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await task(index);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}
