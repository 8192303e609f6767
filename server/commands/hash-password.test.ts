import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isSecret, parseSecretHash } from '../access/secret-hash.ts';

const bin = fileURLToPath(new URL('../bin.mjs', import.meta.url));

function hashPassword(input: string | Buffer, args: readonly string[] = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'hash-password', ...args], {
    input,
    env: {},
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

async function matches(secret: string, text: string): Promise<boolean> {
  const hash = parseSecretHash(text);
  return hash !== undefined && (await isSecret(secret, hash));
}

test('a secret on stdin is answered with its hash alone, another one each time', async () => {
  const secret = 'grüner Elefant 7';
  const first = hashPassword(`${secret}\n`);
  const second = hashPassword(secret);
  expect([first.status, first.stderr]).toEqual([0, '']);
  expect(first.stdout).not.toBe(second.stdout);
  for (const { stdout } of [first, second]) expect(await matches(secret, stdout.trimEnd())).toBe(true);
  expect(await matches(`${secret} `, first.stdout.trimEnd())).toBe(false);
});

test('--generate prints a secret of 256 random bits and its hash', async () => {
  const { status, stdout } = hashPassword('', ['--generate']);
  const [, secret = '', hash = ''] = /^secret: ([\w-]{43})\nhash: (\S+)\n$/.exec(stdout) ?? [];
  expect(status).toBe(0);
  expect(await matches(secret, hash)).toBe(true);
});

const hidden = 'Xq7Zr9WvSecret';

test.each([
  ['nothing', '', [], /at least 12 characters/],
  ['eleven characters', 'Xq7Zr9WvSec', [], /at least 12 characters/],
  ['twelve bytes of six characters', 'ÄÖÜäöü', [], /at least 12 characters/],
  ['two lines', `${hidden}\n${hidden}\n`, [], /one line without control characters/],
  ['a tab', `${hidden}\t`, [], /one line without control characters/],
  ['bytes that are no UTF-8', Buffer.of(0xff, ...Buffer.from(hidden)), [], /not UTF-8/],
  ['a kilobyte and more', hidden.repeat(100), [], /at most 1024 bytes/],
  ['a secret as an argument', '', [hidden], /takes no argument/],
  ['a value behind --generate', '', [`--generate=${hidden}`], /stands by itself/],
  ['a misspelt flag', '', ['--generat'], /did you mean generate\?/],
])('%s is refused in one line that does not quote it', (_, input, args, line) => {
  const { status, stdout, stderr } = hashPassword(input, args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(line);
  expect(stderr).toMatch(/^commander: .+\n$/);
  expect(stderr).not.toContain(hidden);
});
