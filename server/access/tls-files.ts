/** The certificate and key of a server that speaks TLS. */

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls';
import { ConfigurationError } from '../configuration-error.ts';
import type { Logger } from '../log.ts';

export interface TlsPaths {
  /** PEM; the server's own certificate first, then those between it and the root. */
  readonly cert: string;
  /** PEM, without a passphrase. */
  readonly key: string;
}

export interface TlsFiles {
  readonly context: SecureContextOptions;
  /** Reads the files again for connections to come. Bad ones are logged, and what was read before stays. */
  reload(server: Server): Promise<void>;
}

/** Throws ConfigurationError that names the file: unreadable, expired, or not a pair. */
export async function openTlsFiles(paths: TlsPaths, log: Logger): Promise<TlsFiles> {
  return {
    context: await readPair(paths),
    async reload(server) {
      try {
        server.setSecureContext(await readPair(paths));
        log.info({}, 'The certificate was read again');
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        log.error({}, `The certificate stays as it was. ${error.message}`);
      }
    },
  };
}

async function readPair(paths: TlsPaths): Promise<SecureContextOptions> {
  const [cert, key] = await Promise.all([readPem('--tls-cert', paths.cert), readPem('--tls-key', paths.key)]);
  const certificate = parsed('--tls-cert', paths.cert, () => new X509Certificate(cert));
  const privateKey = parsed('--tls-key', paths.key, () => createPrivateKey(key));
  checkPair(paths, certificate, privateKey);
  const context: SecureContextOptions = { cert, key, minVersion: 'TLSv1.2' };
  parsed('--tls-cert', paths.cert, () => createSecureContext(context));
  return context;
}

function checkPair(paths: TlsPaths, certificate: X509Certificate, privateKey: KeyObject): void {
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new ConfigurationError(`The key in ${paths.key} does not belong to the certificate in ${paths.cert}.`);
  }
  if (certificate.validToDate.getTime() < Date.now()) {
    throw new ConfigurationError(`The certificate in ${paths.cert} has expired: ${certificate.validTo}.`);
  }
}

async function readPem(option: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`The file of ${option}, ${path}, cannot be read: ${reason}.`, { cause });
  }
}

function parsed<T>(option: string, path: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    const what = option === '--tls-key' ? 'a private key in PEM without a passphrase' : 'a certificate in PEM';
    throw new ConfigurationError(`The file of ${option}, ${path}, does not hold ${what} (${code}).`, { cause });
  }
}
