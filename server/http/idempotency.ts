/**
 * Requests that may be sent again: `Idempotency-Key`. A create-only record comes before the batch, and its place is
 * taken by the answer, in the batch's own atomic step where the store can. So a key runs at most once; when it is not
 * known how a run ended, that is the answer, for ever.
 */

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { BatchOutcome, BatchRequest, Call, RecordAddress, SetRequest } from '../backends/backend.ts';
import { CommanderError, type ErrorCode } from '../errors.ts';
import { answerOf, type BatchAnswer } from './batch-answer.ts';
import { newCall, newReadCall, type ServerContext } from './context.ts';
import {
  type Entry,
  type Found,
  idempotencyAddress,
  idempotencyPlace,
  readEntry,
  renderEntry,
} from './idempotency-record.ts';

/** What makes two requests the same. */
export interface RequestIdentity {
  readonly principal: string;
  /** The value of the header. */
  readonly key: string;
  readonly body: Buffer;
}

export interface PreparedBatch {
  readonly batch: Omit<BatchRequest, 'receipt'>;
  readonly call: Call;
}

export interface OnceAnswer {
  readonly answer: BatchAnswer;
  readonly replayed: boolean;
}

export interface Idempotency {
  /**
   * Runs the batch, or replays the answer of the run before. `prepare` is called when there was none: it may refuse the
   * request, which leaves the key free. Throws CommanderError `idempotency_mismatch`, `idempotency_running` or
   * `outcome_unknown`, and whatever the batch rejects with.
   */
  once(identity: RequestIdentity, prepare: () => PreparedBatch): Promise<OnceAnswer>;
}

/** Servers may disagree about the time by 2 s; the rest is for a process that is slow to notice its deadline. */
const leaseMarginMs = 5_000;
/** The largest answer that is kept; every store holds it. */
const maxKeptBytes = 16_000_000;

/** A store may keep an index entry of an expired record until a listing comes by it: one does for so many runs. */
const runsPerSweep = 100;
/** Ten times what those runs add, so that a tenth of the entries at most are dead in the long run. */
const sweptEntries = 1_000;

/** Failures that come before anything is written. */
const beforeAnyWrite: ReadonlySet<string> = new Set<ErrorCode>([
  'capability_unsupported',
  'record_corrupt',
  'value_too_large',
]);

/** Throws CommanderError `invalid_header`. */
export function checkIdempotencyKey(key: string): void {
  if (!/^[!-~]{1,255}$/.test(key)) {
    throw new CommanderError(
      'invalid_header',
      'Idempotency-Key has 1 to 255 visible ASCII characters, and stands once.',
    );
  }
}

export function createIdempotency(context: ServerContext): Idempotency {
  const { backend, limits } = context;
  const process = randomUUID();
  let runs = 0;
  /** Owners whose run is under way here. */
  const running = new Set<string>();

  const read = async (address: RecordAddress): Promise<Found | undefined> => {
    const record = await backend.get(address, newReadCall(context));
    return record === undefined ? undefined : readEntry(record);
  };

  const isRunning = ({ owner, untilMs }: Entry): boolean =>
    owner.startsWith(process) ? running.has(owner) : untilMs > context.clock.now();

  const isLeft = (found: Found | undefined): boolean =>
    found !== undefined && found.entry.answer === undefined && !isRunning(found.entry);

  /** The answer of the run before; undefined when there was none. */
  const recall = async (address: RecordAddress, hash: string): Promise<BatchAnswer | undefined> => {
    const first = await read(address);
    // Since that read the run may have ended; what it stored is there by now.
    const found = isLeft(first) ? await read(address) : first;
    if (found === undefined) return undefined;
    const { entry, body } = found;
    if (entry.hash !== hash) {
      throw new CommanderError('idempotency_mismatch', 'The Idempotency-Key came before, with another body.');
    }
    const { answer } = entry;
    if (answer === undefined) throw unanswered(entry);
    if (answer.kind === 'lost') throw unknownOutcome('It ran, but its answer was too large to be kept.');
    // Sent again, it gets the same answer for ever: to wait is no use.
    return answer.kind === 'results' ? { ...answer, body, retryAfter: 0 } : answer;
  };

  const unanswered = (entry: Entry): CommanderError => {
    if (!isRunning(entry)) return unknownOutcome('It began to run, and its answer was not kept.');
    const leftMs = entry.owner.startsWith(process) ? 1_000 : entry.untilMs - context.clock.now();
    return stillRunning('The first request with this Idempotency-Key is still running.', leftMs);
  };

  const run = async (
    address: RecordAddress,
    { batch, call }: PreparedBatch,
    start: Pick<Entry, 'hash' | 'owner'>,
  ): Promise<BatchAnswer | undefined> => {
    const untilMs = call.nowMs + call.deadline.timeoutMs + leaseMarginMs;
    const keptUntilMs = Math.max(call.nowMs + limits.idempotencyTtlMs, untilMs);
    const recordOf = (answer: Entry['answer'], body: string): SetRequest => ({
      value: renderEntry({ ...start, untilMs, answer }, body),
      contentType: 'application/octet-stream',
      expiry: { kind: 'at', atMs: keptUntilMs },
      condition: undefined,
    });
    const claim = { ...recordOf(undefined, ''), condition: { ifMatch: undefined, ifNoneMatch: '*' as const } };
    const claimed = await backend.set(address, claim, call);
    if (claimed.outcome === 'precondition_failed') return undefined;
    let answer: BatchAnswer | undefined;
    const write = (outcome: BatchOutcome): SetRequest => {
      answer = answerOf(batch, outcome);
      if (answer.kind !== 'results') return recordOf(answer, '');
      if (answer.body.length > maxKeptBytes / 3 && Buffer.byteLength(answer.body) > maxKeptBytes) {
        return recordOf({ kind: 'lost' }, '');
      }
      return recordOf({ kind: 'results', status: answer.status }, answer.body);
    };
    try {
      const outcome = await backend.batch({ ...batch, receipt: { address, write } }, call);
      return answer ?? answerOf(batch, outcome);
    } catch (error) {
      if (error instanceof CommanderError && beforeAnyWrite.has(error.code)) {
        const own = { ifMatch: [claimed.revision], ifNoneMatch: undefined };
        // Should this fail, the key stays taken: a repetition is told that the outcome is unknown.
        await backend.delete(address, own, newCall(context, 0)).catch(() => undefined);
      }
      throw error;
    }
  };

  /** Lists from a random place on. A failure is no matter: the next one comes to another place. */
  const sweep = async (): Promise<void> => {
    const after = randomBytes(32).toString('base64url');
    const page = { prefix: '', after, limit: sweptEntries, withValues: false };
    await backend.list({ ...idempotencyPlace, ...page }, newCall(context, 0)).catch(() => undefined);
  };

  return {
    async once({ principal, key, body }, prepare) {
      const address = idempotencyAddress(principal, key);
      const hash = createHash('sha256').update(body).digest('hex');
      const before = await recall(address, hash);
      if (before !== undefined) return { answer: before, replayed: true };
      runs += 1;
      const owner = `${process}:${runs}`;
      if (runs % runsPerSweep === 0) await sweep();
      const prepared = prepare();
      running.add(owner);
      try {
        const answer = await run(address, prepared, { hash, owner });
        if (answer !== undefined) return { answer, replayed: false };
      } finally {
        running.delete(owner);
      }
      const winners = await recall(address, hash);
      if (winners !== undefined) return { answer: winners, replayed: true };
      throw stillRunning('Another request with this Idempotency-Key has just been refused.', 1_000);
    },
  };
}

function stillRunning(detail: string, leftMs: number): CommanderError {
  const headers = { 'retry-after': String(Math.max(1, Math.ceil(leftMs / 1_000))) };
  return new CommanderError('idempotency_running', detail, { headers });
}

function unknownOutcome(detail: string): CommanderError {
  return new CommanderError('outcome_unknown', detail);
}
