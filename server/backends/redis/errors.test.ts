import { expect, test } from 'vitest';
import { CommanderError } from '../../errors.ts';
import { noConnection, translateRedisError } from './errors.ts';

function reply(message: string): Error {
  return Object.assign(new Error(message), {
    name: 'ReplyError',
    command: { name: 'evalsha', args: ['key', Buffer.from('a secret value')] },
  });
}

const wrapped = `ERR Error running script (call to f_${'a'.repeat(40)}): @user_script:4: @user_script: 4: -`;

test.each([
  ["OOM command not allowed when used memory > 'maxmemory'.", 'store_full'],
  ["OOM command not allowed when used memory > 'maxmemory'. script: 1f, on @user_script:1.", 'store_full'],
  [`${wrapped}OOM command not allowed when used memory > 'maxmemory'.`, 'store_full'],
  ['MISCONF Errors writing to the AOF file: No space left on device', 'store_full'],
  [`${wrapped}MISCONF Redis is configured to save RDB snapshots`, 'store_full'],
  ['LOADING Redis is loading the dataset in memory', 'store_unavailable'],
  ["READONLY You can't write against a read only replica.", 'store_unavailable'],
  ['CLUSTERDOWN The cluster is down', 'store_unavailable'],
  ['MOVED 866 127.0.0.1:7001', 'store_unavailable'],
  ['ERR max number of clients reached', 'store_unavailable'],
  ['NOAUTH Authentication required.', 'store_unavailable'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'store_unavailable'],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'record_corrupt'],
])('%s becomes %s, with the cause', (message, code) => {
  const translated = translateRedisError(reply(message));
  expect(translated).toBeInstanceOf(CommanderError);
  expect(translated).toMatchObject({ code, cause: { message } });
});

test.each(['connect ECONNREFUSED 127.0.0.1:1', 'Command timed out', 'Connection is closed.'])(
  'what is not an answer of Redis is an outage: %s',
  (message) => {
    expect(translateRedisError(new Error(message))).toMatchObject({ code: 'store_unavailable' });
  },
);

test('an answer that no entry knows is a bug and comes back as it is', () => {
  const error = reply('ERR unknown command');
  expect(translateRedisError(error)).toBe(error);
});

test('no translated error carries the command, which holds the value', () => {
  for (const message of ['OOM no', 'ERR unknown command', 'LOADING']) {
    const error = reply(message);
    const translated = translateRedisError(error);
    expect(JSON.stringify([translated, error, error.cause])).not.toContain('evalsha');
    expect(error).not.toHaveProperty('command');
  }
});

test('without a connection every reason is an outage, told in the message', () => {
  for (const reason of [new Error('connect ECONNREFUSED 127.0.0.1:1'), reply('ERR invalid password')]) {
    const error = noConnection(reason);
    expect(error).toMatchObject({ code: 'store_unavailable', cause: reason });
    expect(error.message).toContain(reason.message);
    expect(error.message).not.toContain('outcome');
  }
  expect(noConnection(reply('WRONGPASS no')).message).toContain('credentials');
});
