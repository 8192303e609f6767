import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { processEnvironment } from '../environment.ts';
import { openLedger } from '../ledger.ts';
import { identifyProcess } from '../process-identity.ts';
import type { LoadJob, Round } from './load-job.ts';
import { startWorker } from './worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'commander-bench-'));
const ledger = openLedger(folder, 'bench-test');
afterAll(() => rmSync(folder, { recursive: true }));

function startGenerator() {
  const pinning = { kind: 'unpinned', reason: 'speed is not judged here' } as const;
  const launch = { ledger, environment: { PATH: processEnvironment.PATH }, pinning, side: 'generator' } as const;
  return startWorker<LoadJob, Round>(new URL('generator.ts', import.meta.url), launch);
}

async function listen(listener: RequestListener): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** One job on a server of its own; the generator has ended when it settles. */
async function load(listener: RequestListener, job: Partial<LoadJob> = {}): Promise<Round> {
  await using server = await listen(listener);
  await using generator = await startGenerator();
  const size = { keys: 200, seed: 11, connections: 8, bodyBytes: 0, batchOf: undefined, seconds: undefined };
  const aim = { port: server.port, method: 'GET', path: '/{key}', serverPids: [process.pid] } as const;
  return await generator.ask({ ...size, ...aim, expect: { statuses: [200], bodyBytes: 5 }, ...job });
}

describe('the generator', () => {
  it('sends every key once and counts every answer', async () => {
    const seen: (string | undefined)[] = [];
    const round = await load((request, response) => {
      seen.push(request.url);
      response.end('value');
    });
    expect(round.operations).toBe(200);
    expect(seen).toHaveLength(200);
    expect(new Set(seen).size).toBe(200);
  });

  it('counts as many answers as the server gave in a timed round, over keys of the same key space', async () => {
    const seen: (string | undefined)[] = [];
    const round = await load(
      (request, response) => {
        seen.push(request.url);
        response.end('value');
      },
      { seconds: 0.3, keys: 20 },
    );
    expect(round.operations).toBe(seen.length);
    expect(new Set(seen).size).toBeLessThanOrEqual(20);
    expect(round.p50Ms).toBeLessThanOrEqual(round.p99Ms);
  });

  it('counts an answer that comes in pieces once', async () => {
    const round = await load((_request, response) => {
      response.writeHead(200, { 'content-length': 5 }).write('va');
      setImmediate(() => response.end('lue'));
    });
    expect(round.operations).toBe(200);
  });

  it('sends bodies of the size that is asked for', async () => {
    const sizes = new Set<number>();
    const job = { method: 'PUT', bodyBytes: 100, expect: { statuses: [201] } } as const;
    const round = await load((request, response) => {
      let size = 0;
      request.on('data', (chunk: Buffer) => {
        size += chunk.length;
      });
      request.on('end', () => {
        sizes.add(size);
        response.writeHead(201, { 'content-length': 0 }).end();
      });
    }, job);
    expect(round.operations).toBe(200);
    expect([...sizes]).toEqual([100]);
  });

  it('fails on one wrong status among good ones, and shows the answer', async () => {
    let count = 0;
    const answers: RequestListener = (_request, response) => {
      count += 1;
      response.writeHead(count === 150 ? 503 : 200, { 'content-length': 5 }).end('value');
    };
    await expect(load(answers)).rejects.toThrow(/expected 200 .*HTTP\/1.1 503/);
  });

  it('fails on a body of another length', async () => {
    await expect(load((_request, response) => response.end('values'))).rejects.toThrow(/Content-Length 5, got/);
  });

  it('fails when the server closes a connection', async () => {
    await expect(load((request) => request.socket.destroy())).rejects.toThrow(/closed a connection|ECONNRESET/);
  });

  it('has ended once it is disposed of', async () => {
    const generator = await startGenerator();
    expect(identifyProcess(generator.pid)).toBeDefined();
    await generator[Symbol.asyncDispose]();
    expect(identifyProcess(generator.pid)).toBeUndefined();
  });

  it('counts the sets of a batch, each with a key of its own', async () => {
    const keys = new Set<string>();
    const listener: RequestListener = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as { operations: { key: string; text: string }[] };
        for (const { key, text } of body.operations) if (text.length === 10) keys.add(key);
        response.end('{}');
      });
    };
    const expectation = { statuses: [200] };
    const round = await load(listener, { method: 'POST', bodyBytes: 10, batchOf: 50, expect: expectation });
    expect([round.operations, keys.size]).toEqual([200, 200]);
  });
});
