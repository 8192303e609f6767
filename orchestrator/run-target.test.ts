import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Stage } from '../suites/suite.ts';
import { CaseFailed } from '../suites/verdict.ts';
import { processEnvironment } from './environment.ts';
import { makeCase, runSuites } from './fixtures/run-suites.ts';
import type { Ledger } from './ledger.ts';
import { openLedger } from './ledger.ts';
import type { ServerProcess } from './server-process.ts';
import { startServer } from './server-process.ts';
import { UsageError } from './usage-error.ts';

// Processes and containers start as fast as the machine lets them.
vi.setConfig({ testTimeout: 120_000 });

let folder = '';
let ledger: Ledger;
let target: ServerProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'target-test-'));
  ledger = openLedger(folder, 'target-test');
  mkdirSync(join(folder, 'data'));
  target = await startServer({
    backend: 'memory',
    settings: { flags: [], environment: {} },
    flags: [],
    dataFolder: join(folder, 'data'),
    logFile: join(folder, 'server.log'),
    ledger,
    environment: processEnvironment,
    signal: new AbortController().signal,
  });
});

afterAll(async () => {
  await target[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const pass = async (): Promise<void> => undefined;

test('a running server is judged by its client alone, and what needs one of ours is skipped', async () => {
  const run = await runSuites(
    [
      makeCase('client', async ({ server }) => {
        expect(server).toBeUndefined();
      }),
      makeCase('needs-server', pass, { requires: ['server'], isolation: 'server' }),
      makeCase('needs-flags', pass, { serverFlags: ['--max-value-bytes', '9'], isolation: 'server' }),
      makeCase('clock', (stage) => stage.advanceClock(5), { requires: ['testing.clock'], isolation: 'server' }),
    ],
    { flags: { target: target.handle.baseUrl } },
  );
  expect(run.result('clock').reason).toBeNull();
  expect(run.report.results.map(({ id, verdict, reasonCode }) => [id, verdict, reasonCode])).toEqual([
    ['client', 'passed', null],
    ['needs-server', 'skipped', 'needs_server'],
    ['needs-flags', 'skipped', 'needs_server'],
    ['clock', 'passed', null],
  ]);
  expect(run.report.subjects).toMatchObject([{ backend: 'target', provider: 'target' }]);
  expect(run.result('client').reproduce).toContain(`--target ${target.handle.baseUrl} --case client`);
});

test('what a case wrote is deleted from the target afterwards, whatever its verdict and its keys', async () => {
  let collection = '';
  const write = async ({ client, namespace }: Stage): Promise<void> => {
    collection = `/api/v1/kv/${namespace}/c`;
    for (const key of ['plain', 'a%2Fb', '%F0%9F%98%80', 'Li4?keyEncoding=base64url']) {
      expect((await client.request({ method: 'PUT', path: `${collection}/${key}`, body: 'x' })).status).toBe(201);
    }
    expect(((await client.request({ method: 'GET', path: collection })).json() as { items: [] }).items).toHaveLength(4);
    throw new CaseFailed('a', 'b');
  };
  const run = await runSuites([makeCase('write', write)], { flags: { target: target.handle.baseUrl } });
  expect(run.result('write').verdict).toBe('failed');
  const left = (await (await fetch(target.handle.baseUrl + collection)).json()) as { items: unknown[] };
  expect(left.items).toEqual([]);
});

describe('credentials', () => {
  test('the token is sent with every request and shown nowhere', async () => {
    const seen: (string | undefined)[] = [];
    const proxy = createServer((incoming, answer) => {
      seen.push(incoming.headers.authorization);
      const { method, url } = incoming;
      const { hostname, port } = new URL(target.handle.baseUrl);
      const outgoing = forward({ hostname, port, method, path: url }, (got) => {
        answer.writeHead(got.statusCode ?? 500, got.headers);
        got.pipe(answer);
      });
      incoming.pipe(outgoing);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      const tokenFile = join(folder, 'token');
      writeFileSync(tokenFile, 'top-secret\n');
      const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const put = async ({ client, namespace }: Stage): Promise<void> => {
        const answer = await client.request({ method: 'PUT', path: `/api/v1/kv/${namespace}/c/k`, body: 'x' });
        throw new CaseFailed('200', String(answer.status), { exchange: answer.exchange });
      };
      const run = await runSuites([makeCase('put', put)], { flags: { target: url, 'token-file': tokenFile } });
      expect(run.result('put').findings).toHaveLength(1);
      expect(new Set(seen)).toEqual(new Set(['Bearer top-secret']));
      expect(JSON.stringify(run.report)).not.toContain('top-secret');
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  test.each([
    [{ target: 'http://user:secret@127.0.0.1:1' }, /no password/],
    [{ target: 'ftp://x' }, /takes the URL/],
    [{ target: 'http://127.0.0.1:1', backend: 'lmdb' }, /--backend/],
    [{ target: 'http://127.0.0.1:1', 'token-file': '/absent' }, /cannot be read/],
    [{ 'token-file': '/absent' }, /belong to --target/],
  ])('%j is refused', async (flags, message) => {
    const run = runSuites([makeCase('a', pass)], { flags });
    await expect(run).rejects.toThrow(UsageError);
    await expect(run).rejects.toThrow(message);
  });
});

test('a target where nobody answers is inconclusive', async () => {
  const run = await runSuites([makeCase('a', pass)], { flags: { target: 'http://127.0.0.1:1' } });
  expect(run.result('a')).toMatchObject({ verdict: 'inconclusive', reasonCode: 'stage_failed' });
  expect(run.report.exit.code).toBe(3);
});
