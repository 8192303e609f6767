import { expect, test } from 'vitest';
import type { Backend, BackendContext, BatchOutcome, ListRequest } from '../backends/backend.ts';
import { openMemory } from '../backends/memory.ts';
import { CommanderError } from '../errors.ts';
import { type Answer, type ComposedApp, composeApp } from '../test-support/compose-app.ts';

const at = { namespace: 'n', collection: 'c' };
const body = JSON.stringify({ operations: [{ op: 'set', ...at, key: 'k', text: 'v' }] });

function post(app: ComposedApp, payload = body, key = 'key'): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  return app.send('POST', '/api/v1/kv/batch', { headers, payload });
}

async function etagOfKey(app: ComposedApp): Promise<unknown> {
  const page = await app.send('GET', '/api/v1/kv/n/c');
  return JSON.parse(page.body.toString()).items[0]?.etag;
}

/** The memory backend with another batch. */
function withBatch(change: (inner: Backend) => Partial<Backend>): (context: BackendContext) => Backend {
  return (context) => {
    const inner = openMemory(context);
    return { ...inner, ...change(inner) };
  };
}

const gone = (): CommanderError => new CommanderError('store_unavailable', 'The store went away.');

test('an answer that was lost between effect and storing is never run again: its outcome is unknown', async () => {
  await using app = composeApp({
    openBackend: withBatch((inner) => ({
      batch: async (request, call) => {
        await inner.batch({ ...request, receipt: undefined }, call);
        throw gone();
      },
    })),
  });
  expect((await post(app)).problem?.code).toBe('store_unavailable');
  const etag = await etagOfKey(app);
  expect(etag).toBeDefined();
  for (let round = 0; round < 2; round += 1) {
    expect((await post(app)).problem).toMatchObject({ code: 'outcome_unknown', retryable: false });
  }
  expect(await etagOfKey(app)).toBe(etag);
});

test('a receipt that cannot be written leaves the answer as it is, and its repetition without one', async () => {
  await using app = composeApp({
    openBackend: withBatch((inner) => ({
      // As engines do whose receipt is a write of its own.
      batch: (request, call) => inner.batch({ ...request, receipt: undefined }, call),
    })),
  });
  expect((await post(app)).status).toBe(200);
  expect((await post(app)).problem?.code).toBe('outcome_unknown');
});

test('a refusal before any write frees the key', async () => {
  let refusals = 1;
  await using app = composeApp({
    openBackend: withBatch((inner) => ({
      batch: async (request, call) => {
        refusals -= 1;
        if (refusals >= 0) throw new CommanderError('capability_unsupported', 'Not today.');
        return inner.batch(request, call);
      },
    })),
  });
  expect((await post(app)).problem?.code).toBe('capability_unsupported');
  const first = await post(app);
  expect([first.status, first.headers['idempotency-replayed']]).toEqual([200, undefined]);
  expect((await post(app)).headers['idempotency-replayed']).toBe('true');
});

test('while the first request runs its repetition is told to wait, here and on another server of the store', async () => {
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  let store: Backend | undefined;
  await using first = composeApp({
    openBackend: withBatch((inner) => {
      store = inner;
      const batch = async (...request: Parameters<Backend['batch']>): Promise<BatchOutcome> => {
        started.resolve();
        await release.promise;
        return inner.batch(...request);
      };
      return { batch };
    }),
  });
  await using second = composeApp({ openBackend: () => store ?? expect.fail('the first app opened no store') });
  const running = post(first);
  await started.promise;
  const here = await post(first);
  expect(here.problem).toMatchObject({ code: 'idempotency_running', retryable: true });
  expect(here.headers['retry-after']).toBe('1');
  const there = await post(second);
  expect(there.problem?.code).toBe('idempotency_running');
  expect(Number(there.headers['retry-after'])).toBeGreaterThan(1);
  expect((await post(first, body.replace('"v"', '"w"'))).problem?.code).toBe('idempotency_mismatch');

  // The lease ends, and the other server cannot know better; this one knows that it still runs.
  second.context.testingClock?.advance(60_000);
  first.context.testingClock?.advance(60_000);
  expect((await post(second)).problem?.code).toBe('outcome_unknown');
  expect((await post(first)).problem?.code).toBe('idempotency_running');
  release.resolve();
  expect((await running).status).toBe(200);
  expect((await post(second)).headers['idempotency-replayed']).toBe('true');
});

test('a run that ends while its repetition looks at its record is replayed, not taken for dead', async () => {
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const looked = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let reads = 0;
  await using app = composeApp({
    openBackend: withBatch((inner) => ({
      batch: async (request, call) => {
        started.resolve();
        await release.promise;
        return inner.batch(request, call);
      },
      get: async (address, call) => {
        const record = await inner.get(address, call);
        reads += 1;
        if (reads !== 2) return record;
        looked.resolve();
        await ended.promise;
        return record;
      },
    })),
  });
  const running = post(app);
  await started.promise;
  const repetition = post(app);
  await looked.promise;
  release.resolve();
  expect((await running).status).toBe(200);
  ended.resolve();
  expect((await repetition).headers['idempotency-replayed']).toBe('true');
});

test('an answer too large to be kept is never run again', async () => {
  await using app = composeApp({ maxValueBytes: 16_000_000 });
  // Each of these bytes takes six in JSON.
  await app.send('PUT', '/api/v1/kv/n/c/large', { payload: Buffer.alloc(3_000_000, 1) });
  const read = JSON.stringify({ operations: [{ op: 'get', ...at, key: 'large' }] });
  expect((await post(app, read)).status).toBe(200);
  expect((await post(app, read)).problem?.code).toBe('outcome_unknown');
});

test('every hundredth run lists some of the records, so that a store forgets what expired', async () => {
  const listed: ListRequest[] = [];
  await using app = composeApp({
    openBackend: withBatch((inner) => ({
      list: (request, call) => {
        listed.push(request);
        return inner.list(request, call);
      },
    })),
  });
  for (let run = 1; run <= 200; run += 1) {
    expect((await post(app, body, `key-${run}`)).status).toBe(200);
    expect(listed.length).toBe(Math.floor(run / 100));
  }
  expect(new Set(listed.map(({ namespace, collection }) => `${namespace}/${collection}`))).toEqual(
    new Set(['_idempotency/batch']),
  );
  expect(new Set(listed.map(({ after }) => after)).size).toBe(2);
});

test('no key of a client reaches the records of the server itself', async () => {
  await using app = composeApp();
  await post(app);
  for (const namespace of ['_idempotency', '%5Fidempotency']) {
    expect((await app.send('GET', `/api/v1/kv/${namespace}/batch`)).problem?.code).toBe('invalid_name');
  }
});
