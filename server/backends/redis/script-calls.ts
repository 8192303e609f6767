/** What the scripts take and answer: [word, detail]. */

import { CommanderError } from '../../errors.ts';
import { decodeHead, rewriteHead } from '../../record.ts';
import { parseRevision, type Revision } from '../../revision.ts';
import type {
  Call,
  Condition,
  DeleteOutcome,
  EtagList,
  PreconditionFailed,
  SetOutcome,
  TouchOutcome,
} from '../backend.ts';

/** The stored revision is not less than the one the write brought. */
export interface Stale {
  readonly stale: Revision;
}

export function isStale(answer: unknown): answer is Stale {
  return typeof answer === 'object' && answer !== null && 'stale' in answer;
}

/** If-Match and If-None-Match as the scripts read them. */
export function conditionArguments(condition: Condition | undefined): readonly [string | Buffer, string | Buffer] {
  return [tagsArgument(condition?.ifMatch), tagsArgument(condition?.ifNoneMatch)];
}

function tagsArgument(tags: EtagList | undefined): string | Buffer {
  if (tags === undefined) return '';
  return tags === '*' ? '*' : Buffer.concat([Buffer.from('='), Buffer.from(tags.join(''), 'hex')]);
}

/** What a touch writes: bytes 8 to 31 of a record, and their checksum, which stands at 36. */
export function packStamp(revision: Revision, expiresAtMs: number | undefined): readonly [Buffer, Buffer] {
  const head = Buffer.alloc(40);
  rewriteHead(head, revision, expiresAtMs);
  return [head.subarray(8, 32), head.subarray(36)];
}

export function readSet(reply: unknown, revision: Revision): SetOutcome | Stale {
  const { word, detail } = readReply(reply);
  if (word !== 'created' && word !== 'replaced') return readRefusal(word, detail);
  return { outcome: word, revision, expiresAtMs: typeof detail === 'number' && detail !== 0 ? detail : undefined };
}

export function readTouch(reply: unknown, revision: Revision, expiresAtMs: number | undefined): TouchOutcome | Stale {
  const { word, detail } = readReply(reply);
  if (word === 'absent') return { outcome: 'absent' };
  if (word !== 'touched' || !Buffer.isBuffer(detail)) return readRefusal(word, detail);
  return { outcome: 'touched', head: { ...decodeHead(detail), revision, expiresAtMs } };
}

export function readDelete(reply: unknown): DeleteOutcome {
  const { word, detail } = readReply(reply);
  if (word === 'deleted' || word === 'absent') return { outcome: word };
  const refusal = readRefusal(word, detail);
  if (isStale(refusal)) throw unexpected(word);
  return refusal;
}

function readRefusal(word: string, detail: unknown): PreconditionFailed | Stale {
  const revision = Buffer.isBuffer(detail) ? parseRevision(detail.toString('hex')) : undefined;
  if (word === 'failed') return { outcome: 'precondition_failed', current: revision };
  if (word === 'stale' && revision !== undefined) return { stale: revision };
  if (word === 'corrupt')
    throw new CommanderError('record_corrupt', 'The stored record is damaged: its head is not readable.');
  throw unexpected(word);
}

/** Tells the call of what its script took for expired, which stands at that place of the answer. */
export function tellExpired(reply: unknown, at: number, call: Call): void {
  const seen: unknown = Array.isArray(reply) ? reply[at] : undefined;
  if (typeof seen === 'number' && seen > 0) call.onExpired?.(seen);
}

export function readReply(reply: unknown): { readonly word: string; readonly detail: unknown } {
  const [word, detail]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  return { word: String(word), detail };
}

export function unexpected(word: string): Error {
  return new Error(`a script answered ${word}`);
}
