/**
 * The load generator: a program that takes jobs over its parent's channel. Closed loop over raw sockets: every
 * connection sends a prebuilt request, waits for the whole answer, and sends the next. An answer that is not the
 * expected one ends the job: a server that refuses quickly must not look fast.
 */

import { connect, type Socket } from 'node:net';
import { createRandom, type Random } from '../../suites/random.ts';
import { anonymousBytes, processCpuMs } from './cpu.ts';
import type { LoadJob, Round } from './load-job.ts';
import { quantile } from './statistics.ts';
import { serveJobs } from './worker.ts';

const emptyBytes = Buffer.alloc(0);
const receiveBytes = 64 * 1024;

function* buildRequests(job: LoadJob, random: Random): Generator<Buffer, undefined> {
  const keys = random.split('keys');
  const value = random.split('body').bytes(job.bodyBytes).toString('base64').slice(0, job.bodyBytes);
  const nextKey = (): string => keys.bytes(8).toString('hex');
  const { batchOf } = job;
  if (batchOf === undefined) {
    for (let index = 0; index < job.keys; index += 1) {
      yield render(job, job.path.replace('{key}', nextKey()), { type: 'text/plain', body: value });
    }
    return;
  }
  for (let sent = 0; sent < job.keys; sent += batchOf) {
    const set = () => ({ op: 'set', namespace: 'bench', collection: 'values', key: nextKey(), text: value });
    const body = JSON.stringify({ operations: Array.from({ length: batchOf }, set) });
    yield render(job, job.path, { type: 'application/json', body });
  }
}

function render(job: LoadJob, path: string, entity: { readonly type: string; readonly body: string }): Buffer {
  const { type, body } = entity;
  const headers = body === '' ? '' : `Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n`;
  return Buffer.from(`${job.method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${job.port}\r\n${headers}\r\n${body}`);
}

/** Gives the next request to send; undefined when the job is over. Its time begins with this call. */
function createSupply(job: LoadJob, random: Random): () => Buffer | undefined {
  const rest = buildRequests(job, random);
  if (job.seconds === undefined) return () => rest.next().value;
  const requests = [...rest];
  const order = random.split('order');
  const endsAt = performance.now() + job.seconds * 1000;
  return () => (performance.now() < endsAt ? order.pick(requests) : undefined);
}

/** Length of the answer that `bytes` begin with, undefined before its head is whole. Throws on a wrong answer. */
function answerBytes(bytes: Buffer, expect: LoadJob['expect']): number | undefined {
  const text = bytes.toString('latin1');
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const status = Number(text.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)\r/i.exec(text.slice(0, headEnd + 2))?.[1];
  const wanted = expect.bodyBytes === undefined || length === String(expect.bodyBytes);
  if (!expect.statuses.includes(status) || length === undefined || !wanted) {
    const expected = `${expect.statuses.join(' or ')} with Content-Length ${expect.bodyBytes ?? ''}`.trimEnd();
    throw new Error(`expected ${expected}, got: ${JSON.stringify(text.slice(0, 400))}`);
  }
  return headEnd + 4 + Number(length);
}

interface Connection {
  /** Sends and receives until the supply ends; resolves then. Rejects on a wrong answer or a closed connection. */
  run(next: () => Buffer | undefined): Promise<void>;
  close(): void;
}

function openConnection(job: LoadJob, latenciesMs: number[]): Promise<Connection> {
  const done = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<Connection>();
  let next: () => Buffer | undefined = () => undefined;
  let held = emptyBytes;
  let sentAt = 0;
  const send = (): void => {
    const request = next();
    if (request === undefined) {
      done.resolve();
      return;
    }
    sentAt = performance.now();
    socket.write(request);
  };
  const take = (chunk: Buffer): void => {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const length = answerBytes(bytes, job.expect);
    if (length === undefined || bytes.length < length) {
      // The receive buffer is used again for the next chunk.
      held = Buffer.from(bytes);
      return;
    }
    if (bytes.length > length) throw new Error(`${bytes.length - length} bytes came behind an answer`);
    held = emptyBytes;
    latenciesMs.push(performance.now() - sentAt);
    send();
  };
  const fail = (error: unknown): void => {
    opened.reject(error);
    done.reject(error);
    socket.destroy();
  };
  const receive = (size: number, buffer: Uint8Array): boolean => {
    try {
      take(Buffer.from(buffer.buffer, buffer.byteOffset, size));
      return true;
    } catch (error) {
      fail(error);
      return false;
    }
  };
  const onread = { buffer: Buffer.allocUnsafeSlow(receiveBytes), callback: receive };
  const socket: Socket = connect({ port: job.port, host: '127.0.0.1', noDelay: true, onread });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed a connection')));
  socket.once('connect', () =>
    opened.resolve({
      run(supply) {
        next = supply;
        send();
        return done.promise;
      },
      close: () => socket.destroy(),
    }),
  );
  done.promise.catch(() => undefined);
  return opened.promise;
}

async function runLoad(job: LoadJob): Promise<Round> {
  const random = createRandom(job.seed);
  const latenciesMs: number[] = [];
  const opening = Array.from({ length: job.connections }, () => openConnection(job, latenciesMs));
  const connections = await Promise.all(opening);
  try {
    const next = createSupply(job, random);
    const serverCpuMs = processCpuMs(job.serverPids);
    const own = process.cpuUsage();
    const startedAt = performance.now();
    await Promise.all(connections.map((connection) => connection.run(next)));
    const elapsedMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(own);
    const serverCpuMsAfter = processCpuMs(job.serverPids);
    return {
      operations: latenciesMs.length * (job.batchOf ?? 1),
      elapsedMs,
      p50Ms: quantile(latenciesMs, 0.5),
      p99Ms: quantile(latenciesMs, 0.99),
      serverCpuMs: serverCpuMs === null || serverCpuMsAfter === null ? null : serverCpuMsAfter - serverCpuMs,
      generatorCpuMs: (user + system) / 1000,
      serverAnonBytes: anonymousBytes(job.serverPids),
    };
  } finally {
    for (const connection of connections) connection.close();
  }
}

serveJobs(runLoad);
