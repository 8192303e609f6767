/**
 * From an Authorization header to a principal. A credential that was verified once is remembered by a keyed hash, so
 * that scrypt is paid for once and not for each request.
 */

import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { CommanderError } from '../errors.ts';
import type { Principal } from '../http/principal.ts';
import { type OfferedSecret, readAuthorization } from './authorization.ts';
import type { Credential } from './credentials.ts';
import { isSecret } from './secret-hash.ts';
import { clientOf, createTokenBuckets } from './token-buckets.ts';

export interface AuthenticatorOptions {
  readonly credentials: readonly Credential[];
  /** Wrong secrets that one address may send in a minute. */
  readonly failuresPerMinute: number;
}

export interface Authenticator {
  /**
   * The principal at once where the credential is remembered. Otherwise throws or rejects with CommanderError
   * `unauthorized`, `rate_limited` (too many wrong secrets from this address) or `server_busy`.
   */
  authenticate(authorization: string | undefined, address: string | undefined): Principal | Promise<Principal>;
  /** From now on these count alone; what was remembered is forgotten. */
  replace(credentials: readonly Credential[]): void;
}

/** Both threads of a pool of four that other work may need too. */
const verificationsAtOnce = 2;
const maxWaiting = 64;
const maxClients = 10_000;

/** What belongs to one set of credentials, and ends with it. */
interface Generation {
  readonly byName: ReadonlyMap<string, Credential>;
  readonly credentials: readonly Credential[];
  readonly maxRemembered: number;
  readonly remembered: Map<string, Principal>;
  /** By the same keyed hash: requests that come at once with one credential wait for one verification. */
  readonly underWay: Map<string, Promise<Principal>>;
}

function createGeneration(credentials: readonly Credential[]): Generation {
  return {
    byName: new Map(credentials.map((credential) => [credential.principal.name, credential])),
    credentials,
    maxRemembered: Math.max(1_000, 4 * credentials.length),
    remembered: new Map(),
    underWay: new Map(),
  };
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  // As a key object: with a buffer the platform makes one for each hash, at ten times the cost.
  const processKey = createSecretKey(randomBytes(32));
  const keyed = (text: string): string => createHmac('sha256', processKey).update(text).digest('hex');
  const failures = createTokenBuckets({
    perSecond: options.failuresPerMinute / 60,
    burst: options.failuresPerMinute,
    maxClients,
    now: () => performance.now(),
  });
  const slots = createSlots(verificationsAtOnce, maxWaiting);
  let current = createGeneration(options.credentials);

  const refuseGuessing = (client: string): void => {
    const { left, nextMs } = failures.peek(client);
    if (left > 0) return;
    throw new CommanderError('rate_limited', 'Too many wrong credentials came from this address.', {
      headers: { 'retry-after': String(Math.ceil(nextMs / 1000)) },
    });
  };

  const verify = async (generation: Generation, authorization: string, client: string): Promise<Principal> => {
    const offered = readAuthorization(authorization);
    if (offered === undefined) throw unauthorized();
    refuseGuessing(client);
    await using _slot = await slots.enter();
    // Others of this address may have failed meanwhile.
    refuseGuessing(client);
    const named = generation.byName.get(offered.name);
    const known = named?.kind === offered.kind ? named : undefined;
    const hash = (known ?? standIn(generation, offered))?.hash;
    const matches = hash !== undefined && (await isSecret(offered.secret, hash));
    if (known !== undefined && matches) return known.principal;
    failures.take(client);
    throw unauthorized();
  };

  /** A name that is not there costs as much time as one that is, and the same each time. */
  const standIn = ({ credentials }: Generation, { kind, name }: OfferedSecret): Credential | undefined => {
    const alike = credentials.filter((credential) => credential.kind === kind);
    const candidates = alike.length > 0 ? alike : credentials;
    return candidates[Number.parseInt(keyed(name).slice(0, 8), 16) % candidates.length];
  };

  const verifyOnce = (generation: Generation, key: string, authorization: string, client: string) => {
    const { underWay, remembered, maxRemembered } = generation;
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const verification = verify(generation, authorization, client)
      .then((principal) => {
        if (remembered.size >= maxRemembered) remembered.delete(remembered.keys().next().value ?? '');
        remembered.set(key, principal);
        return principal;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, verification);
    return verification;
  };

  return {
    authenticate(authorization, address) {
      if (authorization === undefined) throw unauthorized();
      const generation = current;
      const key = keyed(authorization);
      return generation.remembered.get(key) ?? verifyOnce(generation, key, authorization, clientOf(address));
    },
    replace(credentials) {
      current = createGeneration(credentials);
    },
  };
}

/** The same words whatever was wrong. */
export function unauthorized(): CommanderError {
  return new CommanderError('unauthorized', 'This server answers to valid credentials only.', {
    headers: { 'www-authenticate': 'Basic realm="commander", charset="UTF-8", Bearer realm="commander"' },
  });
}

/** So many at once, a bounded number waiting, the others refused. */
function createSlots(atOnce: number, waitingLimit: number): { enter(): Promise<AsyncDisposable> } {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  const slot: AsyncDisposable = {
    async [Symbol.asyncDispose]() {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };
  return {
    async enter() {
      if (free > 0) {
        free -= 1;
        return slot;
      }
      if (waiting.length >= waitingLimit) {
        throw new CommanderError('server_busy', 'Too many credentials wait to be verified.');
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
      return slot;
    },
  };
}
