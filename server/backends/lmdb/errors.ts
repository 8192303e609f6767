import { CommanderError } from '../../errors.ts';
import type { Logger } from '../../log.ts';

const noSpace = new Set([28, 27]);

/**
 * LMDB's failures in the words of the contract. A failed commit rejects without a code; the code is on the promise
 * `commitError` beside it, which may reject late or never (lmdb 3.5), so it is awaited for a bounded time.
 */
export async function translateLmdbError(error: unknown): Promise<CommanderError> {
  if (error instanceof CommanderError) return error;
  const code = await commitErrorCode(error);
  if (code !== undefined && noSpace.has(code)) {
    return new CommanderError('store_full', 'The disk has no room for the write.', { cause: error });
  }
  return new CommanderError('store_unavailable', 'The embedded store failed; the outcome of a write is unknown.', {
    cause: error,
  });
}

async function commitErrorCode(error: unknown): Promise<number | undefined> {
  if (!(error instanceof Error) || !('commitError' in error)) return undefined;
  const none = new Promise<undefined>((resolve) => setTimeout(resolve, 100, undefined).unref());
  const inner = await Promise.race([Promise.resolve(error.commitError).catch((cause: unknown) => cause), none]);
  return typeof inner === 'object' && inner !== null && 'code' in inner && typeof inner.code === 'number'
    ? inner.code
    : undefined;
}

/**
 * After a failed commit lmdb leaves a second rejection unhandled, which ends a Node process by default. The write
 * itself has rejected and is answered; anything else stays fatal.
 */
export function absorbCommitFailures(log: Logger): Disposable {
  const onRejection = (reason: unknown): void => {
    if (!(reason instanceof Error && 'commitError' in reason)) throw reason;
    log.error({ err: reason }, 'A commit failed');
  };
  process.on('unhandledRejection', onRejection);
  return {
    [Symbol.dispose]: () => {
      process.off('unhandledRejection', onRejection);
    },
  };
}
