/** Secrets at rest: `scrypt$N$r$p$salt$hash`, salt and hash in base64url (RFC 7914 names the parameters). */

import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

export interface SecretHash {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

type Cost = Pick<SecretHash, 'cost' | 'blockSize' | 'parallelization'>;

/** What somebody chose has to be dear to guess: about 200 ms and 16 MB, a setting of the OWASP password cheat sheet. */
export const passwordCost: Cost = { cost: 16_384, blockSize: 8, parallelization: 5 };
/** 256 random bits cannot be guessed at any speed. */
export const tokenCost: Cost = { cost: 16_384, blockSize: 8, parallelization: 1 };

/** Weaker ones are not worth the name; dearer ones would take the memory of a small device. */
const minCost = 16_384;
const maxMemoryBytes = 64 * 1024 * 1024;
const maxParallelization = 16;
const saltBytes = 16;
const hashBytes = 32;

export async function hashSecret(secret: string, cost: Cost): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(secret, { ...cost, salt, hash: Buffer.alloc(hashBytes) });
  const numbers = [cost.cost, cost.blockSize, cost.parallelization];
  return ['scrypt', ...numbers, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Undefined when the text is no such hash, or one that is too weak or too dear. */
export function parseSecretHash(text: string): SecretHash | undefined {
  const match = /^scrypt\$(\d{1,9})\$(\d{1,3})\$(\d{1,3})\$([\w-]{22,86})\$([\w-]{43,86})$/.exec(text);
  if (match === null) return undefined;
  const [cost = 0, blockSize = 0, parallelization = 0] = match.slice(1, 4).map(Number);
  const [salt, hash] = match.slice(4).map((part) => Buffer.from(part, 'base64url'));
  const isPowerOfTwo = cost > 0 && (cost & (cost - 1)) === 0;
  if (!isPowerOfTwo || cost < minCost || blockSize < 1 || 128 * cost * blockSize > maxMemoryBytes) return undefined;
  if (parallelization < 1 || parallelization > maxParallelization) return undefined;
  return salt === undefined || hash === undefined ? undefined : { cost, blockSize, parallelization, salt, hash };
}

/** Compares in constant time. */
export async function isSecret(secret: string, hash: SecretHash): Promise<boolean> {
  return timingSafeEqual(await derive(secret, hash), hash.hash);
}

function derive(secret: string, parameters: SecretHash): Promise<Buffer> {
  const { cost, blockSize, parallelization, salt, hash } = parameters;
  // The platform's own bound is below what it needs for larger parameters.
  const options: ScryptOptions = { cost, blockSize, parallelization, maxmem: 2 * maxMemoryBytes };
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, hash.length, options, (error, derived) => (error ? reject(error) : resolve(derived)));
  });
}
