import { expect, test } from 'vitest';
import { ConfigurationError } from '../../configuration-error.ts';
import { parseRedisUrl } from './redis-target.ts';

const local = { host: '127.0.0.1', port: 6379, username: undefined, password: undefined, database: 0, tls: false };

test.each([
  ['redis://127.0.0.1', local],
  ['redis://127.0.0.1/', local],
  ['redis://127.0.0.1:7000/3', { ...local, port: 7000, database: 3 }],
  ['rediss://cache.example:6380', { ...local, host: 'cache.example', port: 6380, tls: true }],
  ['redis://:p%40ss%2F@[::1]:6379', { ...local, host: '::1', password: 'p@ss/' }],
  ['redis://user:secret@127.0.0.1', { ...local, username: 'user', password: 'secret' }],
])('%s is read', (url, target) => {
  expect(parseRedisUrl(url)).toEqual(target);
});

test.each([
  '',
  'localhost:6379',
  'http://user:secret@127.0.0.1',
  'redis://',
  'redis://user:secret@',
  'redis://user:secret@127.0.0.1:99999',
  'redis://user:secret@127.0.0.1/one',
  'redis://user:secret@127.0.0.1/1/2',
  'redis://user:secret@127.0.0.1/0?enableOfflineQueue=true',
  'redis://user:secret%ff@127.0.0.1',
])('"%s" is refused with what is expected, and without the password', (url) => {
  const parse = () => parseRedisUrl(url);
  expect(parse).toThrow(ConfigurationError);
  expect(parse).toThrow(/Redis URL/);
  expect(parse).not.toThrow(/secret/);
});
