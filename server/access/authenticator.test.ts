import { beforeAll, expect, test } from 'vitest';
import { CommanderError } from '../errors.ts';
import type { Principal } from '../http/principal.ts';
import { basic, bearer, renderCredentials } from '../test-support/credentials.ts';
import { createAuthenticator } from './authenticator.ts';
import { type Credential, parseCredentials } from './credentials.ts';

const secret = 'correct-horse-battery';
let credentials: readonly Credential[];
let others: readonly Credential[];

beforeAll(async () => {
  const one = { role: 'read', kind: 'token', secret } as const;
  credentials = parseCredentials(
    await renderCredentials([
      { ...one, name: 'a' },
      { ...one, name: 'b' },
    ]),
    'test',
  );
  others = parseCredentials(await renderCredentials([{ ...one, name: 'b' }]), 'test');
});

const address = '192.0.2.1';
const tokenOf = (name: string, word = secret): string => bearer(name, word).authorization ?? '';

async function outcome(work: () => Principal | Promise<Principal>): Promise<string> {
  try {
    return (await work()).name;
  } catch (error) {
    if (error instanceof CommanderError) return error.code;
    throw error;
  }
}

test('what was verified once is known at once, until the credentials are replaced', async () => {
  const gate = createAuthenticator({ credentials, failuresPerMinute: 30 });
  const ask = () => gate.authenticate(tokenOf('a'), address);
  expect(ask()).toBeInstanceOf(Promise);
  expect(await outcome(ask)).toBe('a');
  expect(ask()).toMatchObject({ name: 'a' });
  gate.replace(others);
  expect(await outcome(ask)).toBe('unauthorized');
  expect(await outcome(() => gate.authenticate(tokenOf('b'), address))).toBe('b');
});

test('a verification that began before a replacement is not remembered after it', async () => {
  const gate = createAuthenticator({ credentials, failuresPerMinute: 30 });
  const early = gate.authenticate(tokenOf('a'), address);
  gate.replace(others);
  expect((await early).name).toBe('a');
  expect(await outcome(() => gate.authenticate(tokenOf('a'), address))).toBe('unauthorized');
});

test('a wrong secret is not remembered, whatever was remembered of the right one', async () => {
  const gate = createAuthenticator({ credentials, failuresPerMinute: 30 });
  await gate.authenticate(tokenOf('a'), address);
  for (const wrong of [
    tokenOf('a', `${secret}x`),
    tokenOf('a', secret.toUpperCase()),
    basic('a', secret).authorization,
  ]) {
    expect(await outcome(() => gate.authenticate(wrong, address))).toBe('unauthorized');
  }
});

test('a hundred requests at once with one credential are one verification', async () => {
  const gate = createAuthenticator({ credentials, failuresPerMinute: 30 });
  const asked = Array.from({ length: 100 }, () => gate.authenticate(tokenOf('a'), address));
  expect(new Set(asked).size).toBe(1);
  expect((await Promise.all(asked)).map(({ name }) => name)).toEqual(asked.map(() => 'a'));
});

test('wrong secrets of an address are counted; what is remembered, and other addresses, go on', async () => {
  const gate = createAuthenticator({ credentials, failuresPerMinute: 3 });
  await gate.authenticate(tokenOf('a'), address);
  const outcomes: string[] = [];
  for (let i = 0; i < 5; i += 1) {
    outcomes.push(await outcome(() => gate.authenticate(tokenOf(i % 2 === 0 ? 'a' : 'nobody', `guess-${i}`), address)));
  }
  // A header that is malformed is no guess and costs nothing.
  expect(await outcome(() => gate.authenticate('Digest x', address))).toBe('unauthorized');
  expect(outcomes.slice(0, 3)).toEqual(['unauthorized', 'unauthorized', 'unauthorized']);
  expect(outcomes.slice(3)).toEqual(['rate_limited', 'rate_limited']);
  expect(await outcome(() => gate.authenticate(tokenOf('b'), address))).toBe('rate_limited');
  expect(await outcome(() => gate.authenticate(tokenOf('a'), address))).toBe('a');
  expect(await outcome(() => gate.authenticate(tokenOf('b'), '192.0.2.2'))).toBe('b');
});

test('no more wait to be verified than the bound, and who is remembered does not wait', async () => {
  const gate = createAuthenticator({ credentials, failuresPerMinute: 1_000_000 });
  await gate.authenticate(tokenOf('a'), address);
  const guesses = Array.from({ length: 200 }, (_, i) =>
    outcome(() => gate.authenticate(tokenOf('a', `${i}`), address)),
  );
  expect(gate.authenticate(tokenOf('a'), address)).toMatchObject({ name: 'a' });
  const codes = await Promise.all(guesses);
  expect(codes.filter((code) => code === 'server_busy').length).toBe(200 - 66);
  expect(codes.filter((code) => code === 'unauthorized').length).toBe(66);
  expect(await outcome(() => gate.authenticate(tokenOf('b'), address))).toBe('b');
});
