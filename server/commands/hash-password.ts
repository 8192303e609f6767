/** `commander hash-password`: what stands in the credentials file instead of a secret. */

import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { hashSecret, passwordCost, tokenCost } from '../access/secret-hash.ts';
import { ConfigurationError } from '../configuration-error.ts';
import type { Command } from './command.ts';
import { readHidden } from './read-hidden.ts';

const minCharacters = 12;
const maxBytes = 1024;

export const hashPasswordCommand: Command = {
  name: 'hash-password',
  describe: 'Hash a secret for the credentials file; it is read from stdin, never from the arguments',
  options: ['generate'],
  booleans: ['generate'],
  refuseArgument: 'hash-password takes no argument: every process can read those. The secret comes from stdin.',
  build: (command) =>
    command
      .option('generate', {
        type: 'boolean',
        describe: 'Make a random secret for a token and print it beside its hash',
      })
      .example('$0 hash-password', 'Ask for a password, twice, and print its hash')
      .example('$0 hash-password < secret.txt', 'Hash the one line of a file'),
  async run({ generate }) {
    if (generate !== undefined && generate !== true && generate !== 'true') {
      throw new ConfigurationError('--generate stands by itself, without a value.');
    }
    if (generate === undefined) {
      const secret = process.stdin.isTTY ? await askTwice() : checkSecret(await readAll(process.stdin));
      process.stdout.write(`${await hashSecret(secret, passwordCost)}\n`);
    } else {
      const secret = randomBytes(32).toString('base64url');
      process.stdout.write(`secret: ${secret}\nhash: ${await hashSecret(secret, tokenCost)}\n`);
    }
    return 0;
  },
};

async function askTwice(): Promise<string> {
  const secret = checkSecret(await readHidden('Secret: '));
  if ((await readHidden('Once more: ')).equals(Buffer.from(secret))) return secret;
  throw new ConfigurationError('The two secrets differ.');
}

/** Throws ConfigurationError that says what is wrong and not what it was. */
function checkSecret(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new ConfigurationError('The secret is not UTF-8.');
  const secret = bytes.toString().replace(/\r?\n$/, '');
  if (/\p{Cc}/u.test(secret)) throw new ConfigurationError('The secret is one line without control characters.');
  if ([...secret].length < minCharacters) {
    throw new ConfigurationError(`The secret has at least ${minCharacters} characters.`);
  }
  if (bytes.length > maxBytes) throw new ConfigurationError(`The secret has at most ${maxBytes} bytes.`);
  return secret;
}

async function readAll(stream: NodeJS.ReadStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > 2 * maxBytes) break;
  }
  return Buffer.concat(chunks);
}
