/** The credentials of cases about access: all with one secret, so that its hash can stand here. */

import type { CaseCredentials } from './suite.ts';

export const secret = 'JpYsVZ444ZaZmTLKVGLX5MLNXVBsRUl6xLeZlstE5vQ';
const hash = 'scrypt$16384$8$1$N9keG_wlpYAFSTB-7DrYjQ$7qdelrE7QE2TWFpbd0Zxgf4Jx6C1tyEwDl58sp2_odE';

export interface Holder {
  readonly name: string;
  readonly role: 'read' | 'write' | 'admin';
  readonly namespaces?: readonly string[];
  /** password: Basic; otherwise a token: Bearer. */
  readonly password?: boolean;
}

/** Text of a credentials file with these entries. */
export function renderCredentialsFile(holders: readonly Holder[]): string {
  const entries = holders.map(({ password, ...holder }) => ({ ...holder, [password ? 'password' : 'token']: hash }));
  return JSON.stringify({ credentials: entries });
}

/** What a server of such a case is started with; the first holder asks what the harness wants to know. */
export function credentialsOf(holders: readonly [Holder, ...Holder[]]): CaseCredentials {
  const basic = holders.filter(({ password }) => password).map((holder) => authorizationOf(holder).split(' ')[1] ?? '');
  return {
    file: renderCredentialsFile(holders),
    authorization: authorizationOf(holders[0]),
    secrets: [secret, hash, ...basic],
  };
}

export function authorizationOf({ name, password }: Pick<Holder, 'name' | 'password'>, word = secret): string {
  return password ? `Basic ${Buffer.from(`${name}:${word}`).toString('base64')}` : `Bearer ${name}.${word}`;
}
