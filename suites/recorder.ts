/** Does operations once each and writes down how they ended, while they end. */

import type { Answer } from './answer.ts';
import type { Check } from './checkers/registry.ts';
import { storeCheck } from './checkers/run-check.ts';
import type { Advance, Batch, Fence, KeyedOperation, Operation } from './history.ts';
import type { FinishedFile } from './history-file.ts';
import { NoAnswer } from './no-answer.ts';
import type { Stage } from './suite.ts';

/** Takes from each kind of operation what only its end tells. */
type Unended<Kind> = Kind extends Operation
  ? Omit<Kind, 'i' | 'type' | 'output' | 'call' | 'return' | 'server' | 'error'>
  : never;

/** An operation as it is meant. */
export type Intent = Unended<KeyedOperation | Batch>;

export interface Attempt {
  readonly intent: Intent;
  readonly send: () => Promise<Answer>;
  /** What an answer with a body shows: the value of a get, the reads of a batch. */
  readonly read?: (answer: Answer) => Operation['output'];
}

export interface Recorder {
  /** Does it once, and resolves with how it ended. Throws only what is no outcome of a request. */
  record(attempt: Attempt): Promise<Operation>;
  /** Moves the server's testing clock forward. */
  advance(advanceMs: number): Promise<Advance>;
  /**
   * Writes a death down. `kill` resolves when it is certain and nothing that was sent to that boot can arrive any more:
   * over a store of its own, when the store has no connection of the server left.
   */
  fence(kill: () => Promise<void>, deadBoot?: string | null): Promise<Fence>;
  /** The same history, with operations sent to another server. */
  from(stage: Stage): Recorder;
  /** A number for a client that does one thing at a time; one whose operation has no outcome takes a new one. */
  nextProcess(): number;
  /** Ends the file. What is still under way has no outcome. */
  close(checks: readonly Check[]): Promise<FinishedFile>;
}

/** The history of a case; a case has one. */
export function openHistory(stage: Stage): Recorder {
  const file = stage.openHistory();
  const underWay = new Map<symbol, () => Operation>();
  let count = 0;
  // 0 stands for the case itself, which moves clocks and kills.
  let processes = 0;
  let closed = false;

  const append = <Kind extends Operation>(operation: Omit<Kind, 'i'>): Kind => {
    const numbered = { i: count, ...operation } as Kind;
    if (closed) return numbered;
    file.append(numbered);
    count += 1;
    return numbered;
  };

  /** Keeps what is under way, so that closing can write it down as such. */
  const during = async <Kind extends Operation>(
    start: Pick<Kind, 'call' | 'server'> & Unended<Kind>,
    work: () => Promise<Outcome>,
  ): Promise<Kind> => {
    const id = Symbol(start.f);
    underWay.set(id, () => {
      const error = 'still under way when the history ended';
      return { ...start, type: 'info', output: null, return: process.hrtime.bigint(), error } as unknown as Operation;
    });
    try {
      const { version, ...outcome } = await work();
      const server = { ...start.server, version };
      const ended = { ...start, ...outcome, server, return: process.hrtime.bigint() };
      return append<Kind>(ended as unknown as Omit<Kind, 'i'>);
    } finally {
      underWay.delete(id);
    }
  };

  const recorderOf = (at: Stage): Recorder => {
    const bootOf = (): string | null => (at.server === undefined ? null : String(at.server.pid));
    const startOf = () => ({ call: process.hrtime.bigint(), server: { version: null, boot: bootOf() } });
    const own = { process: 0, key: null, input: null } as const;
    return {
      from: recorderOf,
      nextProcess() {
        processes += 1;
        return processes;
      },
      record: (attempt) => during({ ...attempt.intent, ...startOf() } as never, () => outcomeOf(attempt)),
      advance: (advanceMs) =>
        during<Advance>({ ...own, f: 'advance', advanceMs, ...startOf() }, async () => {
          await at.advanceClock(advanceMs);
          return done;
        }),
      fence: (kill, deadBoot = bootOf()) =>
        during<Fence>({ ...own, f: 'fence', deadBoot, ...startOf() }, async () => {
          await kill();
          return done;
        }),
      close(checks) {
        for (const open of underWay.values()) append(open());
        closed = true;
        return file.finish(checks.map(storeCheck));
      },
    };
  };
  return recorderOf(stage);
}

interface Outcome extends Pick<Operation, 'type' | 'output' | 'error'> {
  readonly version: string | null;
}

const done: Outcome = { type: 'ok', output: null, error: null, version: null };

/** What a status says of an operation that the API has an answer for. */
const outcomes: Readonly<
  Record<Intent['f'], Readonly<Record<number, { readonly type: 'ok' | 'fail'; readonly output: string | null }>>>
> = {
  get: { 200: { type: 'ok', output: null }, 404: { type: 'ok', output: null } },
  set: { 200: { type: 'ok', output: 'replaced' }, 201: { type: 'ok', output: 'created' } },
  create: { 201: { type: 'ok', output: 'created' }, 412: { type: 'fail', output: 'exists' } },
  cas: { 200: { type: 'ok', output: 'replaced' }, 412: { type: 'fail', output: 'mismatch' } },
  delete: { 204: { type: 'ok', output: 'deleted' }, 404: { type: 'fail', output: 'absent' } },
  touch: { 200: { type: 'ok', output: 'touched' }, 404: { type: 'fail', output: 'absent' } },
  batch: { 200: { type: 'ok', output: null } },
};

async function outcomeOf({ intent, send, read }: Attempt): Promise<Outcome> {
  let answer: Answer;
  try {
    answer = await send();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { type: error.effect === 'none' ? 'fail' : 'info', output: null, error: error.message, version: null };
  }
  const known = outcomes[intent.f][answer.status];
  if (known === undefined || known.type === 'fail') {
    const type = known?.type ?? (answer.status < 500 ? 'fail' : 'info');
    // The version in a refusal is that of another write, read after the decision.
    return { type, output: (known?.output ?? null) as Operation['output'], error: describe(answer), version: null };
  }
  const output = answer.status === 200 && read !== undefined ? read(answer) : (known.output as Operation['output']);
  return { type: 'ok', output, error: null, version: answer.header('etag') ?? null };
}

/** `412 precondition_failed` */
function describe(answer: Answer): string {
  const code = /"code":"([a-z_]+)"/.exec(answer.body.toString('latin1', 0, 2_000))?.[1];
  return code === undefined ? `${answer.status}` : `${answer.status} ${code}`;
}
