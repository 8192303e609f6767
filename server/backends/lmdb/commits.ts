/**
 * Every transaction that writes goes through here: it takes room on the disk first, and one whose commit fails in the
 * native code is the last. After such a failure the memory of the process cannot be trusted (LMDB on a full disk
 * overflows its heap), so nothing is written any more and the process is told to end.
 */

import type { RootDatabase } from 'lmdb';
import { CommanderError } from '../../errors.ts';
import type { BackendContext } from '../backend.ts';
import type { RunWrite } from './batch.ts';
import { isCommitFailure, isPanic, translateLmdbError } from './errors.ts';
import type { SpaceGuard } from './free-space.ts';

export interface Commits extends Disposable {
  /** A commit has failed: nothing is written any more. */
  readonly broken: boolean;
  readonly write: RunWrite;
  /** What a read threw, in the words of the contract. A read may meet the failure before the commit has told of it. */
  explain(error: unknown): unknown;
  /** For the server's own removals. Rejects with CommanderError `store_full` without room. */
  readonly remove: (removes: number, action: () => void) => Promise<void>;
}

export function createCommits(
  env: Pick<RootDatabase, 'transaction' | 'childTransaction'>,
  space: SpaceGuard,
  context: Pick<BackendContext, 'log' | 'onBroken'>,
): Commits {
  let broken = false;

  const breakDown = (error: Error): void => {
    if (broken) return;
    broken = true;
    context.log.error({ err: error }, 'A commit failed; nothing is written any more and the server ends');
    context.onBroken?.(error);
  };
  const translate = async (error: unknown): Promise<CommanderError> => {
    if (isCommitFailure(error) || isPanic(error)) breakDown(error);
    return translateLmdbError(error, space.isShort);
  };
  const absorbed = absorbCommitFailures((error) => void translate(error));

  const write: RunWrite = async (call, need, action) => {
    call.deadline.check('The write');
    if (broken) throw storeBroken();
    const cost = space.take(need, call.deadline.startedAt);
    const committed = need.abortable === true ? env.childTransaction(action) : env.transaction(action);
    try {
      const result = await call.deadline.bound(committed, 'The write');
      space.giveBack(cost);
      return result;
    } catch (error) {
      // A write that is late is still under way.
      const giveBack = (): void => space.giveBack(cost);
      committed.then(giveBack, giveBack);
      throw await translate(error);
    }
  };

  return {
    get broken() {
      return broken;
    },
    write,
    explain(error) {
      if (!isPanic(error)) return error;
      breakDown(error);
      return storeBroken();
    },
    async remove(removes, action) {
      if (broken) return;
      const cost = space.take({ removes }, performance.now());
      try {
        await env.transaction(action);
      } catch (error) {
        throw await translate(error);
      } finally {
        space.giveBack(cost);
      }
    },
    [Symbol.dispose]: () => absorbed[Symbol.dispose](),
  };
}

export function storeBroken(): CommanderError {
  return new CommanderError('shutting_down', 'The store has failed and the server ends; nothing was written.');
}

/**
 * After a failed commit lmdb leaves a second rejection unhandled, which ends a Node process by default. The write
 * itself has rejected and is answered; anything else stays fatal.
 */
function absorbCommitFailures(onFailure: (error: Error) => void): Disposable {
  const onRejection = (reason: unknown): void => {
    if (!isCommitFailure(reason)) throw reason;
    onFailure(reason);
  };
  process.on('unhandledRejection', onRejection);
  return {
    [Symbol.dispose]: () => {
      process.off('unhandledRejection', onRejection);
    },
  };
}
