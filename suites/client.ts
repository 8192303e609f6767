/**
 * HTTP client of the suites. One request is one attempt: nothing is sent again behind a case's back, and the path,
 * the header values and the body go on the wire byte for byte.
 */

import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type Answer, answerOf, readAnswer } from './answer.ts';
import { renderExchange } from './exchange.ts';
import { NoAnswer } from './no-answer.ts';
import { exchangeBytes } from './socket.ts';
import { createWriteLog, type WrittenKey } from './write-log.ts';

export interface RequestSpec {
  readonly method: string;
  /** Path and query exactly as they go on the wire, such as `/api/v1/kv/a/b/%2F?ttlMs=5`. */
  readonly path: string;
  /** An array sends one line for each value. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Sent with Content-Length, or in chunks when the headers say `Transfer-Encoding: chunked`. */
  readonly body?: Buffer | string | undefined;
}

export interface Client extends Disposable {
  readonly baseUrl: string;
  /** Sends the request once, without a hidden retry. Rejects with NoAnswer when no answer came. */
  request(spec: RequestSpec): Promise<Answer>;
  /**
   * Writes the bytes to a socket and resolves with all the server sent until it closed or `waitMs` passed. Rejects with
   * NoAnswer when there was no connection.
   */
  raw(bytes: Buffer | string, waitMs?: number): Promise<Buffer>;
  /** Operations by how they ended, since the client was made: below 400, 4xx or never sent, all else. */
  readonly counts: { readonly ok: number; readonly fail: number; readonly info: number };
  /** What may be stored because of this client: for cleaning a server that has no other way. */
  written(): readonly WrittenKey[];
}

export interface ClientOptions {
  /** Ends every exchange that is under way. */
  readonly signal?: AbortSignal | undefined;
  /** One exchange may take so long. */
  readonly timeoutMs?: number | undefined;
}

const defaultTimeoutMs = 30_000;
const defaultRawWaitMs = 2_000;
/** Shorter than a server's keep-alive time, so that a socket is not reused while the server closes it. */
const idleSocketMs = 3_000;

export function createClient(baseUrl: string, options: ClientOptions = {}): Client {
  const base = new URL(baseUrl);
  const secure = base.protocol === 'https:';
  const agentOptions = { keepAlive: true, timeout: idleSocketMs } as const;
  const agent = secure ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const pathPrefix = base.pathname.replace(/\/$/, '');
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const counts = { ok: 0, fail: 0, info: 0 };
  const writeLog = createWriteLog();

  const count = (status: number | undefined, sent: boolean): void => {
    if (status === undefined) counts[sent ? 'info' : 'fail'] += 1;
    else counts[status < 400 ? 'ok' : status < 500 ? 'fail' : 'info'] += 1;
  };

  return {
    baseUrl,
    counts,
    written: writeLog.entries,
    async request(spec) {
      const body = spec.body === undefined ? undefined : Buffer.from(spec.body);
      const callNs = process.hrtime.bigint();
      const outgoing = (secure ? httpsRequest : httpRequest)(base, {
        agent,
        method: spec.method,
        path: pathPrefix + spec.path,
        headers: headersOf(spec, body),
      });
      const sent = watchConnection(outgoing);
      const ended = send(outgoing, body, { signal: options.signal, timeoutMs });
      const result = await ended.catch((failure: Failure) => failure);
      const status = 'reason' in result ? undefined : result.status;
      count(status, sent());
      writeLog.note(spec, status, sent());
      if (!('reason' in result)) return answerOf(base, spec, result, callNs);
      const reason = result.reason === 'broken' && !sent() ? 'refused' : result.reason;
      const exchange = renderExchange(base, spec, undefined);
      throw new NoAnswer(reason, sent() ? 'unknown' : 'none', { exchange, cause: result.cause });
    },
    async raw(bytes, waitMs = defaultRawWaitMs) {
      const { connected, received } = await exchangeBytes(base, bytes, { waitMs, signal: options.signal });
      const told = /^HTTP\/1\.1 (\d{3})/.exec(received.toString('latin1', 0, 12))?.[1];
      const status = told === undefined ? undefined : Number(told);
      count(status, connected);
      writeLog.noteRaw(bytes, status, connected);
      if (connected) return received;
      const exchange = renderExchange(base, bytes, undefined);
      throw new NoAnswer(options.signal?.aborted ? 'aborted' : 'refused', 'none', { exchange });
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

interface Failure {
  readonly reason: NoAnswer['reason'];
  readonly cause: unknown;
}

/** Resolves with the answer; rejects with a Failure. Either way nothing of the exchange goes on. */
async function send(
  outgoing: ClientRequest,
  body: Buffer | undefined,
  { signal, timeoutMs }: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number },
): Promise<Awaited<ReturnType<typeof readAnswer>>> {
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof readAnswer>>>();
  const fail = (reason: Failure['reason'], cause: unknown): void => reject({ reason, cause } satisfies Failure);
  let answering = false;
  // A server may answer and close before it has read the whole body: what then fails is only our writing.
  outgoing.on('error', (error) => {
    if (!answering) fail('broken', error);
  });
  outgoing.on('response', (incoming) => {
    answering = true;
    readAnswer(incoming).then(resolve, (error: unknown) => fail('broken', error));
  });
  const onAbort = (): void => fail('aborted', signal?.reason);
  const timer = setTimeout(() => fail('timeout', new Error(`none within ${timeoutMs} ms`)), timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  else outgoing.end(body);
  try {
    return await promise;
  } catch (failure) {
    outgoing.destroy();
    throw failure;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    if (!outgoing.writableFinished) outgoing.destroy();
  }
}

/** Tells whether there was a connection, so that bytes of the request may have reached the server. */
function watchConnection(outgoing: ClientRequest): () => boolean {
  let connected = false;
  const connect = (): void => {
    connected = true;
  };
  outgoing.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', connect);
    else connect();
  });
  return () => connected;
}

function headersOf(spec: RequestSpec, body: Buffer | undefined): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(spec.headers ?? {})) {
    headers[name] = typeof value === 'string' ? value : [...value];
  }
  const given = Object.keys(headers).map((name) => name.toLowerCase());
  const framed = given.includes('transfer-encoding') || given.includes('content-length');
  if (body !== undefined && !framed) headers['Content-Length'] = String(body.length);
  return headers;
}
