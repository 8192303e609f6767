/**
 * Batches: one transaction, so one commit. It is a child transaction, as the library keeps what an aborted one of the
 * other kind has written; writes of other calls share the commit without sharing the abort.
 */

import { ABORT } from 'lmdb';
import type { Logger } from '../../log.ts';
import type { Backend, BatchOutcome, BatchReceipt, BatchRequest, Call } from '../backend.ts';
import { type ImmediateStore, runInOrder, type SetOperation, writeReceipt } from '../batch-run.ts';
import type { Need } from './free-space.ts';
import { encodeSet, type LmdbOperations } from './operations.ts';

/** What a write needs room for. `abortable`: the transaction undoes what it wrote when the action returns ABORT. */
export type WriteNeed = Need & { readonly abortable?: boolean };

/** Runs the action in a transaction and resolves when that is flushed. */
export type RunWrite = <T>(call: Call, need: WriteNeed, action: () => T) => Promise<T>;

export interface BatchSeams {
  readonly operations: LmdbOperations;
  readonly set: Backend['set'];
  readonly log: Logger;
  readonly write: RunWrite;
}

/** Pages of the trees that an operation on a key of its own copies, beside its value. */
const operationBytes = 3 * 4096;

export async function runBatch(request: BatchRequest, seams: BatchSeams, call: Call): Promise<BatchOutcome> {
  call.deadline.check('The batch');
  const { receipt } = request;
  const store = storeOf(request, seams.operations, call);
  // Without giving up the event loop: all gets see one snapshot.
  if (receipt === undefined && request.operations.every(({ op }) => op === 'get')) return runInOrder(request, store);
  const settled: { outcome?: BatchOutcome } = {};
  await seams.write(call, { ...needOf(request), abortable: true }, () => {
    const outcome = runInOrder(request, store);
    settled.outcome = outcome;
    if (outcome.outcome === 'aborted') return ABORT;
    if (receipt !== undefined) setReceipt(receipt, outcome, seams.operations, call);
    return undefined;
  });
  const { outcome } = settled;
  if (outcome === undefined) throw new Error('the transaction was committed without its action');
  if (outcome.outcome === 'done') return outcome;
  return writeReceipt(receipt, outcome, { set: seams.set, call, log: seams.log });
}

function setReceipt(receipt: BatchReceipt, outcome: BatchOutcome, operations: LmdbOperations, call: Call): void {
  const record = receipt.write(outcome);
  operations.set(receipt.address, record, encodeSet(receipt.address, record), call);
}

function needOf({ operations, receipt }: BatchRequest): Need {
  const grows = receipt !== undefined || operations.some(({ op }) => op === 'set' || op === 'touch');
  if (!grows) return { removes: operations.length };
  const values = operations.map((operation) => (operation.op === 'set' ? operation.request.value.length : 0));
  return { adds: values.reduce((sum, bytes) => sum + bytes, operations.length * operationBytes) };
}

/** The values are encoded here, before the transaction holds up other writers. */
function storeOf(request: BatchRequest, operations: LmdbOperations, call: Call): ImmediateStore {
  const encode = ({ address, request: change }: SetOperation): Buffer => encodeSet(address, change);
  const sets = request.operations.filter((operation) => operation.op === 'set');
  const encoded = new Map(sets.map((operation) => [operation, encode(operation)]));
  return {
    head: (address) => operations.head(address, call),
    get: (address) => operations.get(address, call),
    set: (operation) =>
      operations.set(operation.address, operation.request, encoded.get(operation) ?? encode(operation), call),
    touch: (address, change) => operations.touch(address, change, call),
    delete: (address, condition) => operations.delete(address, condition, call),
  };
}
