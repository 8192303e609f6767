/** Histories as a person writes them down. */

import type { Expected, KeyValue, Operation, Ttl } from '../history.ts';

export const ms = 1_000_000n;

export type Type = Operation['type'];
type Ended = 'i' | 'process' | 'type' | 'call' | 'return' | 'error' | 'server';
type Meant<Kind> = Kind extends Operation
  ? Omit<Kind, Ended> & { readonly version?: string; readonly boot?: string }
  : never;
export type Sketch = Meant<Operation>;

/** Type: ok where it is left out. */
export type Step = readonly [process: number, what: Sketch, call: number, end: number, type?: Type];

/** Times are in units of `unitNs` nanoseconds. */
export function historyOf(steps: readonly Step[], unitNs = 1n): Operation[] {
  return steps.map(([process, { version = null, boot = null, ...what }, call, end, type = 'ok'], i) => {
    // Only an answer shows what was there.
    const output = type === 'info' ? null : what.output;
    const server = { version, boot };
    return {
      i,
      process,
      ...what,
      output,
      type,
      call: BigInt(call) * unitNs,
      return: BigInt(end) * unitNs,
      server,
      error: null,
    } as Operation;
  });
}

interface Place {
  readonly key?: string;
  readonly version?: string;
  readonly boot?: string;
}
interface Written extends Place {
  readonly ttlMs?: Ttl;
}

export const get = (output: string | null, { key = 'k', ...rest }: Place = {}): Sketch => ({
  f: 'get',
  key,
  input: null,
  output,
  ...rest,
});

export const set = (
  input: string,
  {
    key = 'k',
    ttlMs = null,
    output = null,
    ...rest
  }: Written & { readonly output?: 'created' | 'replaced' | null } = {},
): Sketch => ({
  f: 'set',
  key,
  input,
  ttlMs,
  output,
  ...rest,
});

export const create = (
  input: string,
  output: 'created' | 'exists' | null = 'created',
  { key = 'k', ttlMs = null, ...rest }: Written = {},
): Sketch => ({
  f: 'create',
  key,
  input,
  ttlMs,
  output,
  ...rest,
});

/** By value; a test that compares versions gives `expected` itself. */
export const cas = (
  expected: string | Expected,
  input: string,
  {
    key = 'k',
    ttlMs = null,
    output = 'replaced',
    ...rest
  }: Written & { readonly output?: 'replaced' | 'mismatch' | null } = {},
): Sketch => ({
  f: 'cas',
  key,
  input,
  ttlMs,
  output,
  expected: typeof expected === 'string' ? { by: 'value', value: expected } : expected,
  ...rest,
});

export const remove = (
  output: 'deleted' | 'absent' | null = 'deleted',
  { key = 'k', ...rest }: Place = {},
): Sketch => ({ f: 'delete', key, input: null, output, ...rest });

export const touch = (
  ttlMs: number | null,
  output: 'touched' | 'absent' | null = 'touched',
  { key = 'k', ...rest }: Place = {},
): Sketch => ({
  f: 'touch',
  key,
  input: null,
  ttlMs,
  output,
  ...rest,
});

export const batch = (
  writes: Readonly<Record<string, string | null>>,
  output: readonly KeyValue[] = [],
  atomic = true,
): Sketch => ({
  f: 'batch',
  key: null,
  output,
  input: {
    atomic,
    writes: Object.entries(writes).map(([key, value]) => ({ key, value })),
    reads: output.map(({ key }) => key),
  },
});

export const advance = (advanceMs: number): Sketch => ({
  f: 'advance',
  key: null,
  input: null,
  output: null,
  advanceMs,
});
export const fence = (deadBoot: string | null = null): Sketch => ({
  f: 'fence',
  key: null,
  input: null,
  output: null,
  deadBoot,
});
