import { rm, writeFile } from 'node:fs/promises';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigurationError } from '../configuration-error.ts';
import { basic, bearer, renderCredentials } from '../test-support/credentials.ts';
import {
  type CertificateFiles,
  makeCertificate,
  makeExpiredCertificate,
  whyNoOpenssl,
} from '../test-support/make-certificate.ts';
import { serveHere } from '../test-support/serve-here.ts';
import { type SpawnedServer, spawnServer } from '../test-support/spawn-server.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../test-support/temporary-folder.ts';

const noOpenssl = whyNoOpenssl();
const oldSecret = 'old-horse-battery-staple';
const newSecret = 'new-horse-battery-staple';

let folder: TemporaryFolder;
let oldText: string;
let newText: string;

beforeAll(async () => {
  folder = await createTemporaryFolder();
  oldText = await renderCredentials([{ name: 'device', role: 'write', kind: 'token', secret: oldSecret }]);
  newText = await renderCredentials([{ name: 'device', role: 'write', kind: 'token', secret: newSecret }]);
});
afterAll(() => folder[Symbol.asyncDispose]());

async function statusOf(url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const answer = await fetch(`${url}/api/v1/version`, { headers: { connection: 'close', ...headers } });
  await answer.arrayBuffer();
  return answer.status;
}

/** The one line with which it refuses to start. */
async function refusal(sources: Parameters<typeof serveHere>[0]): Promise<string> {
  try {
    await using _server = await serveHere(sources);
  } catch (error) {
    if (error instanceof ConfigurationError && !error.message.includes('\n')) return error.message;
    throw error;
  }
  return 'no refusal';
}

function hangUp(server: SpawnedServer, marker: RegExp): Promise<void> {
  server.kill('SIGHUP');
  return expect.poll(() => server.log(), { timeout: 10_000 }).toMatch(marker);
}

test('credentials from the environment are taken, and open every address', async () => {
  const environment = { COMMANDER_CREDENTIALS: oldText };
  await using server = await serveHere({ flags: { backend: 'memory', host: '0.0.0.0' }, environment });
  const url = `http://127.0.0.1:${new URL(server.url).port}`;
  expect(await statusOf(url)).toBe(401);
  expect(await statusOf(url, bearer('device', oldSecret))).toBe(200);
});

test('a file is read again on SIGHUP; one that became bad changes nothing; no secret reaches the log', async () => {
  const file = join(folder.path, 'credentials.json');
  await writeFile(file, oldText);
  await using server = await spawnServer(['--backend', 'memory', '--log-level', 'debug', '--credentials-file', file]);
  const [old, next] = [bearer('device', oldSecret), bearer('device', newSecret)];
  expect([await statusOf(server.url, old), await statusOf(server.url, next)]).toEqual([200, 401]);

  await writeFile(file, newText);
  await hangUp(server, /Credentials were read again/);
  expect([await statusOf(server.url, old), await statusOf(server.url, next)]).toEqual([401, 200]);

  await writeFile(file, `credentials: [{name: device, role: write, token: ${oldSecret}}]`);
  await hangUp(server, /The credentials stay as they were\. .*entry 1 \(device\), field token/);
  expect([await statusOf(server.url, old), await statusOf(server.url, next)]).toEqual([401, 200]);

  await rm(file);
  await hangUp(server, /The credentials stay as they were\. .*cannot be read: ENOENT/);
  expect(await statusOf(server.url, next)).toBe(200);
  expect(await statusOf(server.url, basic('device', newSecret))).toBe(401);
  for (const word of [oldSecret, newSecret, 'scrypt$', 'Bearer']) expect(server.log()).not.toContain(word);
});

test('while credentials are exchanged under load, each request is judged by the old ones or the new ones', async () => {
  const file = join(folder.path, 'rotated.json');
  const both = [
    { name: 'before', role: 'read', kind: 'token', secret: oldSecret },
    { name: 'after', role: 'read', kind: 'token', secret: newSecret },
  ] as const;
  await writeFile(file, await renderCredentials(both));
  await using server = await spawnServer(['--backend', 'memory', '--credentials-file', file]);
  const stop = new AbortController();
  const statuses = new Set<number>();
  const clients = Array.from({ length: 8 }, async () => {
    while (!stop.signal.aborted) statuses.add(await statusOf(server.url, bearer('after', newSecret)));
  });
  await expect.poll(() => statuses.size).toBe(1);
  await writeFile(file, await renderCredentials(both.slice(1)));
  await hangUp(server, /Credentials were read again/);
  expect(await statusOf(server.url, bearer('before', oldSecret))).toBe(401);
  stop.abort();
  await Promise.all(clients);
  expect(statuses).toEqual(new Set([200]));
});

test.each([
  ['no file', undefined, /credentials file .* cannot be read: ENOENT/],
  ['a bad entry', 'credentials: [{name: a, role: king}]', /entry 1 \(a\), field role: one of read, write, admin/],
  ['no entry', 'credentials: []', /with at least one entry/],
])('%s is refused before it listens', async (_, text, line) => {
  const file = join(folder.path, 'bad.yaml');
  if (text !== undefined) await writeFile(file, text);
  expect(await refusal({ flags: { backend: 'memory', 'credentials-file': file } })).toMatch(line);
});

test('a bad text in the environment is named by its variable', async () => {
  const environment = { COMMANDER_CREDENTIALS: 'credentials: [{name: a}]' };
  expect(await refusal({ flags: { backend: 'memory' }, environment })).toMatch(/^COMMANDER_CREDENTIALS: entry 1 \(a\)/);
});

test.skipIf(noOpenssl !== undefined)(
  `files of TLS that are no pair are refused by name ${noOpenssl ?? ''}`,
  async () => {
    const [one, other] = [makeCertificate(folder.path, 'one'), makeCertificate(folder.path, 'other')];
    const expired = makeExpiredCertificate(folder.path, 'late');
    const absent = join(folder.path, 'absent.pem');
    const refusalOf = ({ cert, key }: CertificateFiles): Promise<string> =>
      refusal({ flags: { backend: 'memory', 'tls-cert': cert, 'tls-key': key } });
    expect(await refusalOf({ ...one, key: other.key })).toMatch(/key in .*other\.key\.pem does not belong to/);
    expect(await refusalOf(expired)).toMatch(/late\.expired\.pem has expired/);
    expect(await refusalOf({ ...one, cert: absent })).toMatch(/--tls-cert, .*absent\.pem, cannot be read: ENOENT/);
    expect(await refusalOf({ ...one, key: absent })).toMatch(/--tls-key, .*absent\.pem, cannot be read: ENOENT/);
    expect(await refusalOf({ cert: one.key, key: one.key })).toMatch(/--tls-cert, .* does not hold a certificate/);
    expect(await refusalOf({ cert: one.cert, key: one.cert })).toMatch(/--tls-key, .* does not hold a private key/);
    expect(await refusal({ flags: { backend: 'memory', 'tls-cert': one.cert } })).toMatch(/belong together/);
  },
);

test.skipIf(noOpenssl !== undefined)(
  `over TLS the ready line says https, 1.2 is the least, SIGHUP takes a new certificate, SIGTERM lets answers end ${noOpenssl ?? ''}`,
  async () => {
    const files = makeCertificate(folder.path, 'first');
    const flags = ['--backend', 'memory', '--tls-cert', files.cert, '--tls-key', files.key];
    await using server = await spawnServer(flags);
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const subject = (): Promise<string> => subjectOf(server.port);
    expect(await subject()).toBe('first');
    await expect(subjectOf(server.port, 'TLSv1.1')).rejects.toThrow();

    const { cert, key } = makeCertificate(folder.path, 'second');
    await writeFile(files.cert, 'garbage');
    await hangUp(server, /The certificate stays as it was\./);
    expect(await subject()).toBe('first');
    await rm(files.cert);
    await rm(files.key);
    const { readFile } = await import('node:fs/promises');
    await writeFile(files.cert, await readFile(cert));
    await writeFile(files.key, await readFile(key));
    await hangUp(server, /The certificate was read again/);
    expect(await subject()).toBe('second');

    const slow = startPut(server.port);
    await slow.begun;
    server.kill('SIGTERM');
    await expect.poll(() => server.log()).toMatch(/Shutting down/);
    slow.finish();
    expect(await slow.status).toBe(201);
    expect((await server.exited).code).toBe(0);
  },
);

function subjectOf(port: number, maxVersion: 'TLSv1.1' | 'TLSv1.3' = 'TLSv1.3'): Promise<string> {
  return new Promise((resolve, reject) => {
    // Level 0, or this side would refuse what it asks for.
    const offered = { minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...offered });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
  });
}

/** A write whose body ends when it is told. */
function startPut(port: number) {
  const status = Promise.withResolvers<number | undefined>();
  const agent = new HttpsAgent({ rejectUnauthorized: false, keepAlive: true });
  const headers = { 'content-length': '2' };
  const options = { agent, port, host: '127.0.0.1', method: 'PUT', path: '/api/v1/kv/n/c/k', headers };
  const sent = httpsRequest(options, (answer) => {
    answer.resume().on('end', () => status.resolve(answer.statusCode));
  });
  sent.once('error', status.reject);
  const begun = new Promise<void>((resolve) => sent.write('a', () => resolve()));
  return { begun, status: status.promise, finish: () => void sent.end('b') };
}
