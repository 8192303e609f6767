import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openRawConnection } from '../test-support/raw-connection.ts';
import { serveHere } from '../test-support/serve-here.ts';
import { spawnServer } from '../test-support/spawn-server.ts';
import { createTemporaryFolder } from '../test-support/temporary-folder.ts';

interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  /** 2: a server's, 3: a client's. */
  readonly kind: number;
  readonly name: string;
  readonly status: { readonly code?: number };
  readonly attributes: readonly {
    readonly key: string;
    readonly value: { readonly stringValue?: string; readonly intValue?: number };
  }[];
}

interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly ExportedSpan[];
  readonly paths: ReadonlySet<string>;
}

/** A collector as OTLP/HTTP asks for one: it takes JSON on v1/traces and answers with an empty success. */
async function startCollector(): Promise<Collector> {
  const spans: ExportedSpan[] = [];
  const paths = new Set<string>();
  const server = createServer(async (request, response) => {
    paths.add(`${request.method} ${request.url} ${request.headers['content-type']}`);
    const sent = JSON.parse(await textOf(request)) as {
      resourceSpans: { scopeSpans: { spans: ExportedSpan[] }[] }[];
    };
    spans.push(...sent.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    paths,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await request.toArray()).toString();
}

function attribute(span: ExportedSpan, key: string): string | number | undefined {
  const value = span.attributes.find((one) => one.key === key)?.value;
  return value?.stringValue ?? value?.intValue;
}

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentId = 'b7ad6b7169203331';
const keyRoute = '/api/v1/kv/:namespace/:collection/:key';
const batchRoute = '/api/v1/kv/batch';

test('each request and each call of the store it makes is a span, below the trace of the client', async () => {
  await using collector = await startCollector();
  let requestId: string | null;
  {
    await using served = await serveHere({ flags: { backend: 'memory', 'otlp-url': collector.url } });
    const url = `${served.url}/api/v1/kv/secretspace/c/secretkey`;
    const traceparent = `00-${traceId}-${parentId}-01`;
    const headers = { traceparent, tracestate: 'vendor=opaque' };
    const written = await fetch(url, { method: 'PUT', body: 'secretvalue', headers });
    expect(written.status).toBe(201);
    requestId = written.headers.get('x-request-id');
    expect((await fetch(url, { headers: { traceparent: '00-nonsense' } })).status).toBe(200);
    expect((await fetch(`${url}-absent`)).status).toBe(404);
    expect((await fetch(`${served.url}/secretpath`)).status).toBe(404);
  }
  expect([...collector.paths]).toEqual(['POST /v1/traces application/json']);
  const named = (name: string): readonly ExportedSpan[] => collector.spans.filter((span) => span.name === name);
  const [put] = named(`PUT ${keyRoute}`);
  const [set] = named('store set');
  expect(put).toMatchObject({ traceId, parentSpanId: parentId, traceState: 'vendor=opaque', kind: 2 });
  expect(set).toMatchObject({ traceId, parentSpanId: put?.spanId, traceState: 'vendor=opaque', kind: 3 });
  expect(put && attribute(put, 'commander.request_id')).toBe(requestId);
  expect(put && attribute(put, 'http.response.status_code')).toBe(201);
  expect(put && attribute(put, 'http.route')).toBe(keyRoute);
  expect(set && attribute(set, 'db.operation.name')).toBe('set');

  const gets = named(`GET ${keyRoute}`);
  expect(gets.map((span) => attribute(span, 'http.response.status_code'))).toEqual([200, 404]);
  for (const get of gets) expect(get.parentSpanId).toBeFalsy();
  expect(new Set([traceId, ...gets.map((span) => span.traceId)]).size).toBe(3);
  expect(named('store get').map((span) => span.parentSpanId)).toEqual(gets.map((span) => span.spanId));
  expect(named('HTTP')).toHaveLength(1);
  expect(JSON.stringify(collector.spans)).not.toContain('secret');
});

test('a body that comes long after its head leads to a span below the same request', async () => {
  await using collector = await startCollector();
  {
    await using served = await serveHere({ flags: { backend: 'memory', 'otlp-url': collector.url } });
    const { host, port } = new URL(served.url);
    await using connection = await openRawConnection(Number(port));
    const target = '/api/v1/kv/n/c/k HTTP/1.1';
    connection.write(`PUT ${target}\r\nHost: ${host}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
    await connection.until('100 Continue');
    const inFlight = async (): Promise<boolean> =>
      (await (await fetch(`${served.url}/metrics`)).text()).includes('commander_http_requests_in_flight 2');
    await expect.poll(inFlight).toBe(true);
    connection.write('hello');
    await connection.until('201 Created');
  }
  const [put] = collector.spans.filter(({ name }) => name === `PUT ${keyRoute}`);
  const [set] = collector.spans.filter(({ name }) => name === 'store set');
  expect(set).toMatchObject({ traceId: put?.traceId, parentSpanId: put?.spanId });
});

test('requests that come at once keep their own traces through every call of the store that they make', async () => {
  await using collector = await startCollector();
  await using folder = await createTemporaryFolder();
  const traces = Array.from({ length: 12 }, (_, i) => `${traceId.slice(0, 30)}${10 + i}`);
  {
    const flags = { backend: 'lmdb', data: folder.path, 'otlp-url': collector.url };
    await using served = await serveHere({ flags });
    const send = async (trace: string): Promise<void> => {
      const operations = [{ op: 'set', namespace: 'n', collection: 'c', key: trace, text: 'v' }];
      const answer = await fetch(`${served.url}${batchRoute}`, {
        method: 'POST',
        body: JSON.stringify({ operations }),
        headers: {
          traceparent: `00-${trace}-${parentId}-01`,
          'content-type': 'application/json',
          'idempotency-key': trace,
        },
      });
      expect(answer.status).toBe(200);
    };
    await Promise.all(traces.map(send));
  }
  // It looks for an answer, says that it runs, and runs: each after the one before.
  const names = ['store batch', 'store get', 'store set'];
  for (const trace of traces) {
    const spans = collector.spans.filter((span) => span.traceId === trace);
    const [request, ...others] = spans.filter(({ name }) => name === `POST ${batchRoute}`);
    expect([request?.parentSpanId, others.length]).toEqual([parentId, 0]);
    const calls = spans.filter((span) => span !== request);
    expect([...new Set(calls.map(({ name }) => name))].toSorted()).toEqual(names);
    expect(new Set(calls.map((call) => call.parentSpanId))).toEqual(new Set([request?.spanId]));
  }
});

test('what the client does not record is not recorded here', async () => {
  await using collector = await startCollector();
  {
    await using served = await serveHere({ flags: { backend: 'memory', 'otlp-url': collector.url } });
    for (const flags of ['00', '01', '02', '03']) {
      const headers = { traceparent: `00-${traceId}-${parentId}-${flags}` };
      expect((await fetch(`${served.url}/api/v1/kv/n/c/${flags}`, { headers })).status).toBe(404);
    }
  }
  expect(collector.spans.map(({ name }) => name).toSorted()).toEqual([
    ...[`GET ${keyRoute}`, `GET ${keyRoute}`],
    ...['store get', 'store get'],
  ]);
});

// https://www.w3.org/TR/trace-context-1/#traceparent-header
test.each([
  ['a trace of zeros', `00-${'0'.repeat(32)}-${parentId}-01`],
  ['a parent of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['capital letters', `00-${traceId.toUpperCase()}-${parentId}-01`],
  ['the version that is none', `ff-${traceId}-${parentId}-01`],
  ['more than version 00 has', `00-${traceId}-${parentId}-01-more`],
  ['a trace that is too short', `00-${traceId.slice(1)}-${parentId}-01`],
  ['two of them', `00-${traceId}-${parentId}-01, 00-${traceId}-${parentId}-01`],
])('a traceparent with %s begins a trace of its own', async (_, traceparent) => {
  await using collector = await startCollector();
  {
    await using served = await serveHere({ flags: { backend: 'memory', 'otlp-url': collector.url } });
    expect((await fetch(`${served.url}/api/v1/kv/n/c/k`, { headers: { traceparent } })).status).toBe(404);
  }
  const [request] = collector.spans.filter(({ name }) => name === `GET ${keyRoute}`);
  const [call] = collector.spans.filter(({ name }) => name === 'store get');
  expect(request?.parentSpanId).toBeFalsy();
  expect(request?.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  expect(request?.traceId).not.toBe(traceId);
  expect(call).toMatchObject({ traceId: request?.traceId, parentSpanId: request?.spanId });
});

test('a failing store is an error of both spans, with its code', async () => {
  await using collector = await startCollector();
  {
    const flags = { backend: 'redis', 'redis-url': 'redis://127.0.0.1:1', 'store-timeout-ms': 200 };
    await using served = await serveHere({ flags: { ...flags, 'otlp-url': `${collector.url}/` } });
    expect((await fetch(`${served.url}/api/v1/kv/n/c/k`)).status).toBe(503);
  }
  const failed = collector.spans.filter(({ status }) => status.code === 2).map(({ name }) => name);
  expect(failed.toSorted()).toEqual([`GET ${keyRoute}`, 'store get']);
  const call = collector.spans.find(({ name }) => name === 'store get');
  expect(call && attribute(call, 'error.type')).toBe('store_unavailable');
});

test('a collector that is away costs no request and does not keep the server from its end', async () => {
  await using folder = await createTemporaryFolder();
  const flags = ['--backend', 'memory', '--data', folder.path, '--otlp-url', 'http://127.0.0.1:1'];
  await using server = await spawnServer(flags, { OTEL_BSP_SCHEDULE_DELAY: '50' });
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  server.kill('SIGTERM');
  expect((await server.exited).code).toBe(0);
}, 30_000);

test('an address that is none is refused at start', async () => {
  await expect(serveHere({ flags: { backend: 'memory', 'otlp-url': 'collector:4318' } })).rejects.toThrow(
    /--otlp-url is the address of a collector/,
  );
});

test('without --otlp-url nothing of OpenTelemetry is loaded', async () => {
  await using folder = await createTemporaryFolder();
  const coverage = join(folder.path, 'coverage');
  const flags = ['--backend', 'memory', '--data', folder.path];
  await using server = await spawnServer(flags, { NODE_V8_COVERAGE: coverage });
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  server.kill('SIGTERM');
  await server.exited;
  // The platform names there every script that it ran.
  const scripts = readdirSync(coverage)
    .map((name) => readFileSync(join(coverage, name), 'utf8'))
    .join('');
  expect(scripts).toContain('node_modules/fastify/');
  expect(scripts.match(/[^"]*open-?telemetry[^"]*/g)).toBeNull();
}, 30_000);
