/**
 * What clients did and saw, one operation a line, written before anything is judged: a checker is a pure function of
 * it, so that a stored run can be judged again.
 */

import type { Answer } from './answer.ts';
import { NoAnswer } from './no-answer.ts';

export type OperationKind = 'set' | 'get' | 'cas';

export interface Operation {
  /** Position in the order in which they ended. */
  readonly i: number;
  /** One client that does one thing at a time. */
  readonly process: number;
  readonly key: string;
  readonly f: OperationKind;
  /** What was written; null for a read. */
  readonly input: string | null;
  /** ok: it happened. fail: provably no effect. info: it may have happened or not, or may still. */
  readonly type: 'ok' | 'fail' | 'info';
  /** What was read; null for absent, and for a write. */
  readonly output: string | null;
  /** Monotonic nanoseconds, one clock for all processes of a boot. On a tie calls come before returns. */
  readonly call: bigint;
  readonly return: bigint;
  readonly server: { readonly version: string | null; readonly boot: string | null };
  readonly error: string | null;
}

/** One operation to be done and recorded. */
export interface Attempt {
  readonly process: number;
  readonly key: string;
  readonly f: OperationKind;
  readonly input: string | null;
  readonly send: () => Promise<Answer>;
  /** Statuses that mean that it happened; another below 500 means that it did not. */
  readonly ok: readonly number[];
  /** What the answer shows of the value; for reads. */
  readonly read?: (answer: Answer) => string | null;
}

export interface HistoryRecorder {
  /** Does it once and records how it ended; throws only what is no outcome of a request. */
  record(attempt: Attempt): Promise<Operation>;
  operations(): readonly Operation[];
}

/** `boot` names the start of the server that answers. */
export function createHistory(boot: string | null): HistoryRecorder {
  const operations: Operation[] = [];
  return {
    operations: () => operations,
    async record(attempt) {
      const { process: client, key, f, input } = attempt;
      const call = process.hrtime.bigint();
      const { version, ...outcome } = await outcomeOf(attempt);
      const times = { call, return: process.hrtime.bigint() };
      const server = { version, boot };
      const operation: Operation = {
        i: operations.length,
        process: client,
        key,
        f,
        input,
        ...outcome,
        ...times,
        server,
      };
      operations.push(operation);
      return operation;
    },
  };
}

type Outcome = Pick<Operation, 'type' | 'output' | 'error'> & { readonly version: string | null };

async function outcomeOf({ send, ok, read }: Attempt): Promise<Outcome> {
  try {
    const answer = await send();
    const version = answer.header('etag') ?? null;
    if (ok.includes(answer.status)) return { type: 'ok', output: read?.(answer) ?? null, error: null, version };
    const type = answer.status < 500 ? 'fail' : 'info';
    return { type, output: null, error: `status ${answer.status}`, version };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    const type = error.effect === 'none' ? 'fail' : 'info';
    return { type, output: null, error: error.message, version: null };
  }
}

/** One JSON line each, without line ends. */
export function* renderHistory(operations: Iterable<Operation>): Generator<string> {
  for (const { i, process, key, f, input, type, output, call, return: end, server, error } of operations) {
    const times = { call: `${call}`, return: `${end}` };
    yield JSON.stringify({ i, process, key, f, input, type, output, ...times, server, error });
  }
}

/** Throws with the line's number when a line is no operation. */
export function parseHistory(lines: Iterable<string>): Operation[] {
  const operations: Operation[] = [];
  let number = 0;
  for (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      operations.push(parseOperation(JSON.parse(line)));
    } catch (cause) {
      throw new Error(`line ${number} of the history is no operation`, { cause });
    }
  }
  return operations;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);

function parseOperation(line: Readonly<Record<string, unknown>>): Operation {
  const { i, process, key, f, input, type, output, call, return: end, error } = line;
  const server = (line.server ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof i !== 'number' || typeof process !== 'number' || !isText(key)) throw new TypeError('i, process, key');
  if (f !== 'set' && f !== 'get' && f !== 'cas') throw new TypeError(`f is ${String(f)}`);
  if (type !== 'ok' && type !== 'fail' && type !== 'info') throw new TypeError(`type is ${String(type)}`);
  if (!isText(call) || !isText(end)) throw new TypeError('call and return are texts of digits');
  if (!isTextOrNull(input) || !isTextOrNull(output) || !isTextOrNull(error))
    throw new TypeError('input, output, error');
  const { version = null, boot = null } = server;
  if (!isTextOrNull(version) || !isTextOrNull(boot)) throw new TypeError('server');
  const times = { call: BigInt(call), return: BigInt(end) };
  return { i, process, key, f, input, type, output, ...times, server: { version, boot }, error };
}

/** How many operations were under way together with a write of another process. */
export function countOverlaps(operations: readonly Operation[]): number {
  const overlapping = new Set<Operation>();
  const open: Operation[] = [];
  for (const operation of [...operations].sort((a, b) => (a.call < b.call ? -1 : a.call > b.call ? 1 : a.i - b.i))) {
    const still = open.filter((other) => other.return >= operation.call);
    for (const other of still) {
      if (other.key !== operation.key || other.process === operation.process) continue;
      if (other.f !== 'get') overlapping.add(operation);
      if (operation.f !== 'get') overlapping.add(other);
    }
    open.splice(0, open.length, ...still, operation);
  }
  return overlapping.size;
}
