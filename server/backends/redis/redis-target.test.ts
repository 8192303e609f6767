import { expect, test } from 'vitest';
import { ConfigurationError } from '../../configuration-error.ts';
import { parseRedisUrl } from './redis-target.ts';

const local = {
  kind: 'server',
  host: '127.0.0.1',
  port: 6379,
  username: undefined,
  password: undefined,
  database: 0,
  tls: false,
};

const { host: _host, port: _port, ...common } = local;
const sentinel = { ...common, kind: 'sentinel', masterName: 'main' };
const { database: _database, ...cluster } = { ...common, kind: 'cluster' };

test.each([
  ['redis://127.0.0.1', local],
  ['redis://127.0.0.1/', local],
  ['redis://127.0.0.1:7000/3', { ...local, port: 7000, database: 3 }],
  ['rediss://cache.example:6380', { ...local, host: 'cache.example', port: 6380, tls: true }],
  ['redis://:p%40ss%2F@[::1]:6379', { ...local, host: '::1', password: 'p@ss/' }],
  ['redis://user:secret@127.0.0.1', { ...local, username: 'user', password: 'secret' }],
  ['redis+sentinel://a/main', { ...sentinel, nodes: [{ host: 'a', port: 26_379 }] }],
  [
    'rediss+sentinel://user:secret@a:1,[::1]:2/main/3',
    {
      ...sentinel,
      nodes: [
        { host: 'a', port: 1 },
        { host: '::1', port: 2 },
      ],
      database: 3,
      username: 'user',
      password: 'secret',
      tls: true,
    },
  ],
  ['redis+cluster://a', { ...cluster, nodes: [{ host: 'a', port: 6379 }] }],
  [
    'redis+cluster://:secret@a:1,b:2/',
    {
      ...cluster,
      nodes: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
      password: 'secret',
    },
  ],
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
  'redis://user:secret@a,b',
  'redis+sentinel://user:secret@a',
  'redis+sentinel://user:secret@a/main/x',
  'redis+sentinel://user:secret@,b/main',
  'redis+cluster://user:secret@a/1',
  'redis+other://user:secret@a',
])('"%s" is refused with what is expected, and without the password', (url) => {
  const parse = () => parseRedisUrl(url);
  expect(parse).toThrow(ConfigurationError);
  expect(parse).toThrow(/Redis URL/);
  expect(parse).not.toThrow(/secret/);
});
