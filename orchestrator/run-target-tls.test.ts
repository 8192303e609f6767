import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { authorizationOf, renderCredentialsFile, secret } from '../suites/credentials.ts';
import { processEnvironment } from './environment.ts';
import { packageRoot } from './package-root.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const writer = { name: 'suites', role: 'write' } as const;
const stack = new AsyncDisposableStack();
let folder = '';
let url = '';

const whyNot = ((): string | undefined => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'there is no openssl on this machine';
  }
})();

beforeAll(async () => {
  if (whyNot !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'target-tls-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  const subject = ['-subj', '/CN=target', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', [...make, '-keyout', at('key.pem'), '-out', at('cert.pem'), ...subject], { stdio: 'ignore' });
  writeFileSync(at('credentials.json'), renderCredentialsFile([writer]));
  writeFileSync(at('token'), `${authorizationOf(writer).replace('Bearer ', '')}\n`);
  const server = spawn(
    process.execPath,
    [
      ...[join(packageRoot, 'server', 'bin.mjs'), 'serve', '--backend', 'memory', '--port', '0', '--ready-json'],
      ...['--tls-cert', at('cert.pem'), '--tls-key', at('key.pem'), '--credentials-file', at('credentials.json')],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...processEnvironment } },
  );
  stack.defer(async () => {
    server.kill('SIGKILL');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  });
  const [line] = await once(createInterface({ input: server.stdout }), 'line');
  ({ url } = JSON.parse(String(line)) as { readonly url: string });
});
afterAll(() => stack.disposeAsync());

async function run(flags: readonly string[]) {
  const bin = join(packageRoot, 'orchestrator', 'bin.mjs');
  const args = [
    'run',
    '--target',
    url,
    '--suite',
    'conformance',
    '--case',
    'methods/get-*',
    '--out',
    join(folder, 'out'),
    ...flags,
  ];
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: folder,
    env: { ...processEnvironment, GITHUB_STEP_SUMMARY: '', TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number | null, said: stdout + stderr };
}

test.skipIf(whyNot !== undefined)(
  `a target over TLS with credentials is judged with --ca and --token-file ${whyNot ?? ''}`,
  async () => {
    expect(url).toMatch(/^https:\/\//);
    const { code, said } = await run(['--ca', join(folder, 'cert.pem'), '--token-file', join(folder, 'token')]);
    expect(said).toMatch(/✓ .*passed/);
    expect(code).toBe(0);
    const report = readFileSync(join(folder, 'out/report.json'), 'utf8');
    expect(said + report).not.toContain(secret);
  },
);

test.skipIf(whyNot !== undefined)(
  'without the token, or without trust in the certificate, it is inconclusive',
  async () => {
    const untold = await run(['--ca', join(folder, 'cert.pem')]);
    expect(untold.said).toMatch(/answered 401/);
    expect(untold.code).toBe(3);
    const untrusted = await run(['--token-file', join(folder, 'token')]);
    expect(untrusted.code).toBe(3);
  },
);
