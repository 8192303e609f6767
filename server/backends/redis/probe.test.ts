import { expect, test } from 'vitest';
import { durabilityOf, readInfo } from './probe.ts';

test.each([
  ['yes', 'always', 'on-ack', 0],
  ['yes', 'everysec', 'prefix', 2_000],
  ['yes', 'no', 'none', undefined],
  ['no', 'always', 'none', undefined],
  ['no', undefined, 'none', undefined],
  [undefined, undefined, 'unknown', undefined],
  ['yes', undefined, 'unknown', undefined],
])('appendonly %s and appendfsync %s are durable as %s', (appendonly, appendfsync, profile, windowMs) => {
  expect(durabilityOf(appendonly, appendfsync)).toMatchObject({ profile, windowMs });
});

test('INFO is read line by line, values with colons whole', () => {
  const info = readInfo('# Server\r\nredis_version:7.0.15\r\nexecutable:/a:b\r\n\r\n');
  expect([...info]).toEqual([
    ['redis_version', '7.0.15'],
    ['executable', '/a:b'],
  ]);
});
