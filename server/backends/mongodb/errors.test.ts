import {
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';
import { expect, test } from 'vitest';
import { CommanderError } from '../../errors.ts';
import { isDuplicateKey, translateMongoError } from './errors.ts';

function answer(code: number, message = 'no', labels: readonly string[] = []): MongoServerError {
  return new MongoServerError({ code, errmsg: message, errorLabels: [...labels] });
}

test.each([
  [1, 'the database system is starting up', 'store_unavailable'],
  [1, 'terminating connection due to unexpected postmaster exit', 'store_unavailable'],
  [1, 'could not extend file "base/5/1": No space left on device', 'store_full'],
  [4_293, 'could not extend file "base/16384/1": No space left on device', 'store_full'],
  [786_949, 'could not extend file "base/16384/1": Input/output error', 'store_unavailable'],
  [786_949, 'could not open file "base/16384/1": Read-only file system', 'store_unavailable'],
  [13, 'not authorized', 'store_unavailable'],
  [18, 'Authentication failed.', 'store_unavailable'],
  [50, 'operation exceeded time limit', 'store_unavailable'],
  [64, 'waiting for replication timed out', 'store_unavailable'],
  [91, 'The server is in quiesce mode and will shut down', 'store_unavailable'],
  [189, 'primary stepped down', 'store_unavailable'],
  [10_107, 'not primary', 'store_unavailable'],
  [14_031, 'available disk space is below the required minimum', 'store_full'],
  [12_501, 'quota exceeded', 'store_full'],
  [2, 'Size 16777330 is larger than MaxDocumentSize 16777216', 'value_too_large'],
  [17_419, 'Resulting document after update is larger than 16777216', 'value_too_large'],
  [302_776_349, 'Size 16777330 is larger than MaxDocumentSize 16777216', 'value_too_large'],
  [10_334, 'BSONObj size is invalid', 'value_too_large'],
])('code %i "%s" becomes %s', (code, message, expected) => {
  const translated = translateMongoError(answer(code, message));
  expect(translated).toBeInstanceOf(CommanderError);
  expect(translated).toMatchObject({ code: expected });
});

test('a connection that broke and a server that was not found are an outage, with the cause', () => {
  const closed = new MongoTopologyClosedError();
  for (const error of [new MongoNetworkError('closed'), new MongoServerSelectionError('none', {} as never), closed]) {
    expect(translateMongoError(error)).toMatchObject({ code: 'store_unavailable', cause: error });
  }
});

test('a socket that breaks under a long write, which the driver passes on as it is, is an outage', () => {
  const reset = Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET', syscall: 'write' });
  const ended = Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' });
  for (const broken of [reset, ended]) {
    expect(translateMongoError(broken)).toMatchObject({ code: 'store_unavailable', cause: broken });
  }
});

test('a command that the store finds wrong is a bug, not an outage', () => {
  expect(translateMongoError(answer(9, 'FailedToParse'))).not.toBeInstanceOf(CommanderError);
  expect(translateMongoError(answer(59, 'no such command'))).not.toBeInstanceOf(CommanderError);
  const invalid = Object.assign(new TypeError('no'), { code: 'ERR_INVALID_ARG_TYPE' });
  for (const misuse of [new MongoInvalidArgumentError('no'), invalid]) {
    expect(translateMongoError(misuse)).toBe(misuse);
  }
});

test('what a cause tells holds no key of a document', () => {
  const error = translateMongoError(
    answer(1, 'duplicate "secret-key" dup key: { _id: "secret-key" } (_id)=(secret-key)'),
  );
  expect(String((error as Error).cause)).toMatch(/code 1: duplicate/);
  expect(JSON.stringify([error, (error as Error).cause, String((error as Error).cause)])).not.toContain('secret-key');
});

test('a duplicate key is told by its code, whatever the text', () => {
  expect(isDuplicateKey(answer(11_000, "Duplicate key violation on the requested collection: Index '_id_'"))).toBe(
    true,
  );
  expect(isDuplicateKey(answer(1, 'E11000 duplicate key'))).toBe(false);
});
