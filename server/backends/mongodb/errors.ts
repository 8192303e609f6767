import { BSON, MongoError, MongoInvalidArgumentError, MongoServerError, MongoWriteConcernError } from 'mongodb';
import { CommanderError, type ErrorCode } from '../../errors.ts';

/** https://www.mongodb.com/docs/manual/reference/error-codes/ */
const duplicateKey = 11_000;

/** OutOfDiskSpace, and the quota of a hosted deployment. */
const full = new Set([14_031, 12_501]);
/** A server in front of another database passes that one's words on, with a code of its own (4293 was seen). */
const noSpaceText = /no space left on device/i;
/** Its disk fails, in the words of the system (EIO, EROFS); 786949 was seen. */
const failedDiskText = /input\/output error|read-only file system/i;

/** BSONObjectTooLarge and its elder kin; other codes (2, 302776349) come with this text. */
const tooLarge = new Set([10_334, 17_419, 17_420]);
const tooLargeText = /larger than (the maximum size|MaxDocumentSize)|exceeds maximum|object to insert too large/i;

/** Unauthorized, AuthenticationFailed, and MechanismUnavailable. */
const refused = new Set([13, 18, 334]);

/**
 * Codes that say "not now": elections, shutdowns, time limits, write concerns, lock conflicts. 1 is InternalError, which
 * a server in front of another database answers while that one is down.
 */
const unable = new Set([
  1, 6, 7, 24, 46, 50, 64, 79, 89, 91, 100, 112, 133, 134, 189, 202, 262, 317, 358, 462, 9_001, 10_058, 10_107, 11_600,
  11_602, 13_388, 13_435, 13_436, 20_712, 50_915,
]);

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === duplicateKey;
}

/** Why nothing was sent: there is no connection. */
export function noConnection(reason: Error): CommanderError {
  const refusal = reason instanceof MongoServerError ? translateServerError(reason) : undefined;
  if (refusal instanceof CommanderError) return refusal;
  const message = `There is no connection to MongoDB (${reason.message}).`;
  return new CommanderError('store_unavailable', message, { cause: reason });
}

const outages: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['store_unavailable', 'overloaded']);

/** Whether the same command may succeed later, on the same rights. */
export function isOutage(error: unknown): boolean {
  if (error instanceof MongoServerError && refused.has(Number(error.code))) return false;
  const translated = translateMongoError(error);
  return translated instanceof CommanderError && outages.has(translated.code);
}

/** A failure of the driver in the words of the contract. What no entry knows is a bug of ours and comes back as it is. */
export function translateMongoError(error: unknown): unknown {
  if (error instanceof CommanderError || !(error instanceof Error)) return error;
  if (tooLargeText.test(error.message) && (error instanceof BSON.BSONError || error instanceof MongoError)) {
    return new CommanderError('value_too_large', 'The value is larger than a document of the store can be.');
  }
  if (error instanceof MongoServerError) return translateServerError(error);
  if (error.name === 'MongoWaitQueueTimeoutError') {
    const message = 'No connection to MongoDB became free in time; nothing was sent.';
    return new CommanderError('overloaded', message, { cause: error });
  }
  if (!isSocketFailure(error) && (!(error instanceof MongoError) || error instanceof MongoInvalidArgumentError)) {
    return error;
  }
  const message = `The connection to MongoDB failed (${error.message}); the outcome of a write is unknown.`;
  return new CommanderError('store_unavailable', message, { cause: error });
}

/** While it waits for a socket to take a long write, the driver throws what the socket does as it is (mongodb 7.9). */
function isSocketFailure(error: Error): boolean {
  return error.name === 'Error' && 'code' in error && typeof error.code === 'string';
}

function translateServerError(error: MongoServerError): unknown {
  const code = Number(error.code);
  const cause = withoutData(error);
  if (full.has(code) || noSpaceText.test(error.message)) {
    return new CommanderError('store_full', `MongoDB has no room for the write (code ${code}).`, { cause });
  }
  if (tooLarge.has(code)) {
    return new CommanderError('value_too_large', 'The value is larger than a document of the store can be.', { cause });
  }
  if (refused.has(code)) {
    return new CommanderError('store_unavailable', `MongoDB refuses the configured credentials (code ${code}).`, {
      cause,
    });
  }
  const isUnable = unable.has(code) || failedDiskText.test(error.message);
  if (isUnable || error instanceof MongoWriteConcernError || error.hasErrorLabel('RetryableError')) {
    return new CommanderError(
      'store_unavailable',
      `MongoDB cannot serve the request now (code ${code}); the outcome of a write is unknown.`,
      { cause },
    );
  }
  return cause;
}

/** The server's error with its text but nothing of the documents: some texts quote a key. */
function withoutData(error: MongoServerError): Error {
  const text = error.message.replace(/"[^"]*"|\{.*\}|\([^)]*\)=\(.*\)/gs, '...').slice(0, 300);
  return new Error(`MongoDB answered code ${error.code}: ${text}`);
}
