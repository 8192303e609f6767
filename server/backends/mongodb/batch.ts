/** Batches: single calls of which a bounded number is under way; atomic ones by a transaction where there are any. */

import { CommanderError } from '../../errors.ts';
import type { Backend, BackendContext, BatchOutcome } from '../backend.ts';
import { runEach, writeReceipt } from '../batch-run.ts';
import { createSlots } from '../slots.ts';
import type { Deployment } from './deployment.ts';
import { runTransaction } from './transaction.ts';

export interface MongodbBatchSeams {
  readonly deployment: Deployment;
  readonly context: BackendContext;
}

type Singles = Pick<Backend, 'head' | 'get' | 'set' | 'touch' | 'delete'>;

/** Keys of one batch at once. */
const width = 16;
/** Calls of all batches at once: the rest of the connections is left to others, who wait for one a second at most. */
const maxCalls = 32;

export function createBatch({ deployment, context }: MongodbBatchSeams, singles: Singles): Backend['batch'] {
  const slots = createSlots(maxCalls);
  const bounded: Singles = {
    head: (...request) => slots.run(() => singles.head(...request)),
    get: (...request) => slots.run(async () => singles.get(...request)),
    set: (...request) => slots.run(() => singles.set(...request)),
    touch: (...request) => slots.run(() => singles.touch(...request)),
    delete: (...request) => slots.run(() => singles.delete(...request)),
  };
  return async ({ operations, atomic, receipt }, call) => {
    call.deadline.check('The batch');
    if (atomic && (await deployment.capabilities(call)).atomicBatch === 'none') {
      throw new CommanderError(
        'capability_unsupported',
        'This MongoDB deployment has no transactions, so it has no atomic batch.',
      );
    }
    const outcome: BatchOutcome = atomic
      ? await runTransaction({ operations, atomic, receipt }, { deployment, revisions: context.revisions }, call)
      : { outcome: 'done', items: await runEach(operations, bounded, { call, width }) };
    return writeReceipt(receipt, outcome, { set: singles.set, call, log: context.log });
  };
}
