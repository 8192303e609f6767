import { expect, test } from 'vitest';
import { isLoopbackHost } from './request-guard.ts';

test.each([
  'localhost',
  'LOCALHOST',
  'localhost:7878',
  'localhost:',
  '127.0.0.1',
  '127.0.0.1:80',
  '127.255.0.7:65535',
  '[::1]',
  '[::1]:7878',
])('%s is a name of this machine alone', (host) => {
  expect(isLoopbackHost(host)).toBe(true);
});

// DNS rebinding: names that an attacker can point at 127.0.0.1, and forms that some parser would read as it.
test.each([
  '',
  ':80',
  'evil.example',
  '127.0.0.1.evil.example',
  '127.0.0.1.evil.example:80',
  'localhost.evil.example',
  'evil-localhost',
  'localhost.',
  '127.0.0.1.',
  'user@127.0.0.1',
  '127.0.0.1@evil.example',
  'evil.example#127.0.0.1',
  'evil.example:127.0.0.1',
  '127.0.0.1:80:80',
  '127.0.0.1:80@evil.example:1',
  '127.0.0.1, evil.example',
  '127.0.0.1 ',
  ' 127.0.0.1',
  '127.1',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '2130706433',
  '0.0.0.0',
  '10.0.0.1',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::1%25lo]',
  '[::1]evil.example',
  '[::1].evil.example:80',
  '\u0661\u0662\u0667.0.0.1',
  'localhost\u0000',
  'localho\u017ft',
])('%j is not', (host) => {
  expect(isLoopbackHost(host)).toBe(false);
});
