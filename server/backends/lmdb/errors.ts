import { CommanderError } from '../../errors.ts';

/** ENOSPC and EFBIG. */
const noSpace = new Set([28, 27]);
/** EIO: also what a write comes to that the disk took a part of. */
const inputOutput = 5;
const codeTimeoutMs = 100;

/** A transaction that ran and could not be committed; the library's own mark of it. */
export function isCommitFailure(error: unknown): error is Error & { readonly commitError: unknown } {
  return error instanceof Error && 'commitError' in error;
}

/** What every use of an environment comes to once a commit of its could not write the meta page (lmdb.h, MDB_PANIC). */
export function isPanic(error: unknown): error is Error {
  return error instanceof Error && error.message.includes('MDB_PANIC');
}

/**
 * LMDB's failures in the words of the contract. A failed commit rejects without a code; the code is on the promise
 * `commitError` beside it, which may reject late or never (lmdb 3.5), so it is awaited for a bounded time.
 */
export async function translateLmdbError(error: unknown, isShort: () => boolean): Promise<CommanderError> {
  if (error instanceof CommanderError) return error;
  const code = await commitErrorCode(error);
  if (code !== undefined && (noSpace.has(code) || (code === inputOutput && isShort()))) {
    return new CommanderError('store_full', 'The disk has no room for the write.', { cause: error });
  }
  return new CommanderError('store_unavailable', 'The embedded store failed; the outcome of a write is unknown.', {
    cause: error,
  });
}

async function commitErrorCode(error: unknown): Promise<number | undefined> {
  if (!isCommitFailure(error)) return undefined;
  const none = new Promise<undefined>((resolve) => setTimeout(resolve, codeTimeoutMs, undefined).unref());
  const inner = await Promise.race([Promise.resolve(error.commitError).catch((cause: unknown) => cause), none]);
  return typeof inner === 'object' && inner !== null && 'code' in inner && typeof inner.code === 'number'
    ? inner.code
    : undefined;
}
