/**
 * The writes. Conditions, expiry and the order of revisions stand in the filter of one atomic operation, so the store
 * decides them; nothing is upserted, as racing upserts of one absent key may all report a creation. Where a filter does
 * not match, a read tells why; when that reason is gone by then, the write is tried again, until the deadline.
 */

import type { Filter, UpdateFilter } from 'mongodb';
import type { Revision, RevisionClock } from '../../revision.ts';
import type {
  Backend,
  Call,
  Condition,
  DeleteOutcome,
  PreconditionFailed,
  SetOutcome,
  SetRequest,
  TouchOutcome,
  TouchRequest,
} from '../backend.ts';
import { holds } from '../condition.ts';
import type { Deployment } from './deployment.ts';
import {
  conditionFilters,
  expiredFilter,
  expiryFields,
  hasExpired,
  idOf,
  isLiveDocument,
  liveFilter,
  notExpiredFilter,
  olderFilter,
  olderOrDamagedFilter,
  type RecordDocument,
  readHead,
  readRevision,
  revisionFilter,
  valueFields,
} from './documents.ts';
import { isDuplicateKey } from './errors.ts';

type Refusal = { readonly outcome: 'absent' } | PreconditionFailed;
type RecordFilter = Filter<RecordDocument>;

/** One try of a set, with the revision it brings. */
interface SetAttempt {
  readonly id: string;
  readonly revision: Revision;
  readonly request: SetRequest;
  readonly fields: ReturnType<typeof valueFields>;
  readonly call: Call;
}

const what = 'The write';

export function createWrites(
  deployment: Deployment,
  revisions: RevisionClock,
): Pick<Backend, 'set' | 'touch' | 'delete'> {
  /** The live record's revision. Moves the clock past the stored one, should that be what stood in the way. */
  const readCurrent = async (id: string, call: Call): Promise<Revision | undefined> => {
    const stored = await deployment.run(call, what, (records, bounds) =>
      records.findOne({ _id: id }, { ...bounds, projection: { rev: 1, exp: 1 } }),
    );
    if (stored === null) return undefined;
    const revision = readRevision(stored);
    revisions.movePast(revision);
    return isLiveDocument(stored, call) ? revision : undefined;
  };

  const replace = async (attempt: SetAttempt, ...extra: readonly RecordFilter[]): Promise<SetOutcome | undefined> => {
    const { revision, request, call } = attempt;
    const expiresAtMs = request.expiry.kind === 'at' ? request.expiry.atMs : undefined;
    const document = { rev: revision, ...expiryFields(expiresAtMs), ...attempt.fields };
    const before = await deployment.run(call, what, (records, bounds) =>
      records.findOneAndReplace(writeFilter(attempt, extra), document, { ...bounds, projection: { exp: 1 } }),
    );
    if (before === null) return undefined;
    return { outcome: hasExpired(before, call) ? 'created' : 'replaced', revision, expiresAtMs };
  };

  /** A live record keeps its expiry because the update does not mention it; an expired one has none to keep. */
  const replaceKeepingExpiry = async (attempt: SetAttempt): Promise<SetOutcome | undefined> => {
    const { revision, fields, call } = attempt;
    const filter = writeFilter(attempt, [liveFilter(call.nowMs)]);
    const kept = await deployment.run(call, what, (records, bounds) =>
      records.findOneAndUpdate(filter, { $set: { rev: revision, ...fields } }, { ...bounds, projection: { exp: 1 } }),
    );
    if (kept !== null) return { outcome: 'replaced', revision, expiresAtMs: kept.exp ?? undefined };
    return replace(attempt, expiredFilter(call.nowMs));
  };

  const insert = async (attempt: SetAttempt): Promise<SetOutcome | undefined> => {
    const { id, revision, request, fields, call } = attempt;
    const expiresAtMs = request.expiry.kind === 'at' ? request.expiry.atMs : undefined;
    const document = { _id: id, rev: revision, ...expiryFields(expiresAtMs), ...fields };
    const inserted = await deployment.run(call, what, async (records, bounds) => {
      try {
        await records.insertOne(document, bounds);
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    });
    return inserted ? { outcome: 'created', revision, expiresAtMs } : undefined;
  };

  const trySet = async (attempt: SetAttempt): Promise<SetOutcome | undefined> => {
    const { id, request, call } = attempt;
    const replaced = request.expiry.kind === 'keep' ? await replaceKeepingExpiry(attempt) : await replace(attempt);
    if (replaced !== undefined) return replaced;
    const created = holds(request.condition, undefined) ? await insert(attempt) : undefined;
    if (created !== undefined) return created;
    const current = await readCurrent(id, call);
    return holds(request.condition, current) ? undefined : { outcome: 'precondition_failed', current };
  };

  /** Why a touch or a delete found nothing to change; undefined when by now it would. */
  const explain = async (id: string, condition: Condition | undefined, call: Call): Promise<Refusal | undefined> => {
    const current = await readCurrent(id, call);
    if (current === undefined) return { outcome: 'absent' };
    return holds(condition, current) ? undefined : { outcome: 'precondition_failed', current };
  };

  const tryTouch = async (id: string, request: TouchRequest, call: Call): Promise<TouchOutcome | undefined> => {
    const { expiry, condition } = request;
    const rev = revisions.next();
    const filters = [olderFilter(rev), liveFilter(call.nowMs), ...conditionFilters(condition, call.nowMs)];
    const { exp, reapAt } = expiryFields(expiry.kind === 'at' ? expiry.atMs : undefined);
    const update: UpdateFilter<RecordDocument> =
      reapAt === undefined ? { $set: { rev, exp }, $unset: { reapAt: 1 } } : { $set: { rev, exp, reapAt } };
    const after = await deployment.run(call, what, (records, bounds) =>
      records.findOneAndUpdate({ _id: id, $and: filters }, update, {
        ...bounds,
        returnDocument: 'after',
        projection: { value: 0 },
      }),
    );
    return after === null ? explain(id, condition, call) : { outcome: 'touched', head: readHead(after) };
  };

  const tryDelete = async (
    id: string,
    condition: Condition | undefined,
    call: Call,
  ): Promise<DeleteOutcome | undefined> => {
    const filters =
      condition === undefined
        ? [notExpiredFilter(call.nowMs)]
        : [liveFilter(call.nowMs), revisionFilter(), ...conditionFilters(condition, call.nowMs)];
    const { deletedCount } = await deployment.run(call, what, (records, bounds) =>
      records.deleteOne({ _id: id, $and: filters }, bounds),
    );
    if (deletedCount === 1) return { outcome: 'deleted' };
    // Another write may have replaced the record in between: it is there all the same.
    return explain(id, condition, call);
  };

  return {
    set(address, request, call) {
      const id = idOf(address);
      const fields = valueFields(address.key, request);
      return untilDecided(() => trySet({ id, revision: revisions.next(), request, fields, call }));
    },
    touch: (address, request, call) => untilDecided(() => tryTouch(idOf(address), request, call)),
    delete: (address, condition, call) => untilDecided(() => tryDelete(idOf(address), condition, call)),
  };
}

/** Ends at the deadline at the latest: every try begins by checking it. */
async function untilDecided<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const outcome = await attempt();
    if (outcome !== undefined) return outcome;
  }
}

/** Matches the stored record when the write is the newer one and the condition holds; a blind one, a damaged record too. */
function writeFilter(attempt: SetAttempt, extra: readonly RecordFilter[]): RecordFilter {
  const { request, revision, call } = attempt;
  const blind = request.condition === undefined && request.expiry.kind !== 'keep';
  const order = blind ? olderOrDamagedFilter(revision) : olderFilter(revision);
  return { _id: attempt.id, $and: [order, ...extra, ...conditionFilters(request.condition, call.nowMs)] };
}
