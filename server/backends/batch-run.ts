/** What the engines' batches have in common: the order of the operations, and what becomes of one that fails. */

import { CommanderError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type {
  Backend,
  BatchItem,
  BatchOperation,
  BatchOutcome,
  BatchReceipt,
  BatchRequest,
  Call,
  Condition,
  DeleteOutcome,
  RecordAddress,
  RecordHead,
  SetOutcome,
  StoredRecord,
  TouchOutcome,
  TouchRequest,
} from './backend.ts';
import { maxBatchReadBytes } from './limits.ts';

export type SetOperation = Extract<BatchOperation, { readonly op: 'set' }>;

/** The operations of a store that answers at once. */
export interface ImmediateStore {
  head(address: RecordAddress): RecordHead | undefined;
  get(address: RecordAddress): StoredRecord | undefined;
  set(operation: SetOperation): SetOutcome;
  touch(address: RecordAddress, request: TouchRequest): TouchOutcome;
  delete(address: RecordAddress, condition: Condition | undefined): DeleteOutcome;
}

type SingleCalls = Pick<Backend, 'head' | 'get' | 'set' | 'touch' | 'delete'>;

/**
 * Runs the operations one after the other. When the batch is atomic it ends at the first failed condition, or throws
 * what a write threw: what was written by then is the caller's to undo.
 */
export function runInOrder(request: BatchRequest, store: ImmediateStore): BatchOutcome {
  const budget = createReadBudget();
  const items: BatchItem[] = [];
  for (const [index, operation] of request.operations.entries()) {
    const item = runOne(store, operation, { budget, atomic: request.atomic });
    if (request.atomic && item.outcome === 'precondition_failed') return { outcome: 'aborted', index, failure: item };
    items.push(item);
  }
  return { outcome: 'done', items };
}

function runOne(
  store: ImmediateStore,
  operation: BatchOperation,
  how: { readonly budget: ReadBudget; readonly atomic: boolean },
): BatchItem {
  const { address } = operation;
  try {
    if (operation.op === 'set') return store.set(operation);
    if (operation.op === 'touch') return store.touch(address, operation.request);
    if (operation.op === 'delete') return store.delete(address, operation.condition);
    how.budget.take(store.head(address));
    return found(store.get(address));
  } catch (error) {
    if (how.atomic && operation.op !== 'get') throw error;
    return failed(error);
  }
}

/**
 * Runs each operation by itself, `width` keys at once and those of one key in their order. Rejects with nothing but a
 * bug: what the store refuses is the item's.
 */
export async function runEach(
  operations: readonly BatchOperation[],
  store: SingleCalls,
  { call, width }: { readonly call: Call; readonly width: number },
): Promise<readonly BatchItem[]> {
  const budget = createReadBudget();
  const items: BatchItem[] = [];
  const chains = chainsOf(operations).values();
  const worker = async (): Promise<void> => {
    // The iterator is shared: each chain goes to one worker.
    for (const chain of chains) {
      for (const { index, operation } of chain) {
        items[index] = await runSingle(store, operation, { call, budget }).catch(failed);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, operations.length) }, worker));
  return items;
}

async function runSingle(
  store: SingleCalls,
  operation: BatchOperation,
  { call, budget }: { readonly call: Call; readonly budget: ReadBudget },
): Promise<BatchItem> {
  const { address } = operation;
  if (operation.op === 'set') return store.set(address, operation.request, call);
  if (operation.op === 'touch') return store.touch(address, operation.request, call);
  if (operation.op === 'delete') return store.delete(address, operation.condition, call);
  budget.take(await store.head(address, call));
  return found(await store.get(address, call));
}

interface Step {
  readonly index: number;
  readonly operation: BatchOperation;
}

/** The operations by key, each key's in their order. */
function chainsOf(operations: readonly BatchOperation[]): Map<string, Step[]> {
  const chains = new Map<string, Step[]>();
  for (const [index, operation] of operations.entries()) {
    const { namespace, collection, key } = operation.address;
    const name = `${namespace}/${collection}/${key}`;
    const chain = chains.get(name);
    if (chain === undefined) chains.set(name, [{ index, operation }]);
    else chain.push({ index, operation });
  }
  return chains;
}

/** Writes the receipt after the batch. Where that fails the batch stands all the same, and the failure is logged. */
export async function writeReceipt(
  receipt: BatchReceipt | undefined,
  outcome: BatchOutcome,
  { set, call, log }: { readonly set: Backend['set']; readonly call: Call; readonly log: Logger },
): Promise<BatchOutcome> {
  if (receipt === undefined) return outcome;
  try {
    await set(receipt.address, receipt.write(outcome), call);
  } catch (error) {
    log.error({ err: error }, 'A batch was carried out, but its receipt could not be written');
  }
  return outcome;
}

interface ReadBudget {
  /** Counts the record in, or throws `batch_too_large`. */
  take(head: RecordHead | undefined): void;
}

function createReadBudget(): ReadBudget {
  let left = maxBatchReadBytes;
  return {
    take(head) {
      if (head === undefined) return;
      if (head.size > left) throw readsTooMuch();
      left -= head.size;
    },
  };
}

export function readsTooMuch(): CommanderError {
  return new CommanderError(
    'batch_too_large',
    `The gets of a batch read at most ${maxBatchReadBytes} bytes together; read this key by itself.`,
  );
}

function found(record: StoredRecord | undefined): BatchItem {
  return record === undefined ? { outcome: 'absent' } : { outcome: 'found', record };
}

function failed(error: unknown): BatchItem {
  if (error instanceof CommanderError) return { outcome: 'failed', error };
  throw error;
}
