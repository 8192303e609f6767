/** The credentials of a server: from a file that is read again on demand, or from the environment. */

import { readFile } from 'node:fs/promises';
import { ConfigurationError } from '../configuration-error.ts';
import type { Logger } from '../log.ts';
import { type Authenticator, createAuthenticator } from './authenticator.ts';
import { type Credential, parseCredentials } from './credentials.ts';

export type CredentialsSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly text: string; readonly from: string };

export interface OpenCredentials {
  readonly gate: Authenticator;
  /** Reads the file again. A bad one is logged, and what was read before stays. */
  reload(): Promise<void>;
}

/** Throws ConfigurationError that names the entry and the field, and holds no secret. */
export async function openCredentials(
  source: CredentialsSource,
  { failuresPerMinute, log }: { readonly failuresPerMinute: number; readonly log: Logger },
): Promise<OpenCredentials> {
  const gate = createAuthenticator({ credentials: await readCredentials(source), failuresPerMinute });
  return {
    gate,
    async reload() {
      try {
        const credentials = await readCredentials(source);
        gate.replace(credentials);
        log.info({ credentials: credentials.length }, 'Credentials were read again');
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        log.error({}, `The credentials stay as they were. ${error.message}`);
      }
    },
  };
}

async function readCredentials(source: CredentialsSource): Promise<readonly Credential[]> {
  if (source.kind === 'text') return parseCredentials(source.text, source.from);
  let text: string;
  try {
    text = await readFile(source.path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`The credentials file ${source.path} cannot be read: ${reason}.`, { cause });
  }
  return parseCredentials(text, `The credentials file ${source.path}`);
}
