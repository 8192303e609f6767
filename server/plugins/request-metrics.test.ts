import { Agent, METHODS } from 'node:http';
import { expect, test } from 'vitest';
import { composeApp } from '../test-support/compose-app.ts';
import { openRawConnection } from '../test-support/raw-connection.ts';
import { readSamples } from '../test-support/read-samples.ts';
import { createSeededRandom } from '../test-support/seeded-random.ts';
import { sendRequest } from '../test-support/send-request.ts';

const keyRoute = 'route="/api/v1/kv/:namespace/:collection/:key"';
const inFlight = 'commander_http_requests_in_flight';

function countsOf(samples: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  const counts = [...samples].filter(([name]) => name.startsWith('commander_http_requests_total{'));
  return Object.fromEntries(counts.map(([name, count]) => [name.slice('commander_http_requests_total'.length), count]));
}

test('1,000 requests of random methods and paths make no more series than there are statuses for them', async () => {
  const seed = Math.trunc(Math.random() * 2 ** 32);
  const random = createSeededRandom(seed);
  await using composed = composeApp();
  const port = await composed.listen();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const statuses = new Set<number>();
  for (let sent = 0; sent < 1_000; sent += 1) {
    const method = random.pick(METHODS.filter((name) => name !== 'CONNECT'));
    const path = `/${random.integer(1e9).toString(36)}/${random.pick(['a', 'b%00', '%ff', '%7Broute%7D', '"'])}`;
    const { status } = await sendRequest(agent, method, `http://127.0.0.1:${port}${encodeURI(path)}`);
    statuses.add(status);
  }
  agent.destroy();
  const counts = countsOf(await readSamples(composed));
  const made = Object.keys(counts);
  expect(
    made.filter((labels) => !labels.startsWith('{route="unmatched",method="other",')),
    `seed ${seed}`,
  ).toEqual([]);
  expect(made, `seed ${seed}`).toHaveLength(statuses.size);
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(1_000);
});

test('a request is counted under the pattern of its route, with its status and the bytes of its body', async () => {
  await using composed = composeApp();
  await composed.send('PUT', '/api/v1/kv/n/c/k', { payload: 'hello' });
  await composed.send('GET', '/api/v1/kv/n/c/k');
  await composed.send('GET', '/api/v1/kv/n/c/absent');
  const samples = await readSamples(composed);
  expect(countsOf(samples)).toEqual({
    [`{${keyRoute},method="PUT",status="201"}`]: 1,
    [`{${keyRoute},method="GET",status="200"}`]: 1,
    [`{${keyRoute},method="GET",status="404"}`]: 1,
  });
  const durations = `commander_http_request_duration_seconds_count{${keyRoute},method="GET",status`;
  expect([samples.get(`${durations}="2xx"}`), samples.get(`${durations}="4xx"}`)]).toEqual([1, 1]);
  expect(samples.get('commander_http_request_body_bytes_total')).toBe(5);
});

test('what a guard refuses before its handler counts under its route', async () => {
  await using composed = composeApp();
  await composed.send('GET', '/api/v1/kv/n/c/k', { headers: { host: 'evil.example' } });
  expect(countsOf(await readSamples(composed))).toEqual({ [`{${keyRoute},method="GET",status="403"}`]: 1 });
});

test('a path that is not percent-encoded UTF-8 counts as unmatched', async () => {
  await using composed = composeApp();
  await composed.send('GET', '/api/v1/kv/n/c/%ff');
  expect(countsOf(await readSamples(composed))).toEqual({ '{route="unmatched",method="other",status="400"}': 1 });
});

test('requests whose client goes away are counted as aborted and no longer as in flight', async () => {
  await using composed = composeApp();
  const port = await composed.listen();
  const head = 'PUT /api/v1/kv/n/c/k HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\n';
  await using connection = await openRawConnection(port);
  connection.write(`${head}he`);
  // One of them is the request that asks.
  await expect.poll(async () => (await readSamples(composed)).get(inFlight)).toBe(2);
  connection.socket.destroy();
  await expect.poll(async () => (await readSamples(composed)).get(inFlight)).toBe(1);
  const counts = countsOf(await readSamples(composed));
  expect(counts[`{${keyRoute},method="PUT",status="aborted"}`]).toBe(1);
});

test('connections are counted while they are open', async () => {
  await using composed = composeApp();
  const port = await composed.listen();
  const connections = async (): Promise<number | undefined> =>
    (await readSamples(composed)).get('commander_http_connections');
  await using first = await openRawConnection(port);
  await using _second = await openRawConnection(port);
  await expect.poll(connections).toBe(2);
  first.socket.destroy();
  await expect.poll(connections).toBe(1);
});
