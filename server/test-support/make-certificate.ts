import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Why no certificate can be made here; undefined when one can. */
export function whyNoOpenssl(): string | undefined {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'there is no openssl on this machine';
  }
}

/** A self-signed certificate of 127.0.0.1 and localhost, valid for two days. */
export function makeCertificate(folder: string, name: string): CertificateFiles {
  const files = { cert: join(folder, `${name}.cert.pem`), key: join(folder, `${name}.key.pem`) };
  openssl([
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-keyout', files.key, '-out', files.cert, '-subj', `/CN=${name}`],
    ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
  ]);
  return files;
}

/** The same, but that it ended yesterday. */
export function makeExpiredCertificate(folder: string, name: string): CertificateFiles {
  const { key } = makeCertificate(folder, name);
  const cert = join(folder, `${name}.expired.pem`);
  const request = join(folder, `${name}.request.pem`);
  openssl(['req', '-new', '-key', key, '-out', request, '-subj', `/CN=${name}`]);
  openssl(['x509', '-req', '-in', request, '-signkey', key, '-days', '-1', '-out', cert]);
  return { cert, key };
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' });
}
