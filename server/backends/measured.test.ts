import { expect, test } from 'vitest';
import { CommanderError } from '../errors.ts';
import { createRegistry } from '../metrics/registry.ts';
import { createFailingBackend } from '../test-support/failing-backend.ts';
import { addressOfKey, openLmdbFolder, setRequest } from '../test-support/open-lmdb-folder.ts';
import { measureBackend } from './measured.ts';

const operations = 'commander_store_operation_duration_seconds_count';
const errors = 'commander_store_operation_errors_total';

test('an engine that answers a read at once still does, and the read is counted', async () => {
  await using folder = await openLmdbFolder();
  const registry = createRegistry();
  const engine = await folder.backend();
  await engine.set(addressOfKey('k'), setRequest('value'), folder.call());
  const record = await engine.get(addressOfKey('k'), folder.call());
  const atOnce = measureBackend({ ...engine, get: () => record }, registry);
  expect(atOnce.get(addressOfKey('k'), folder.call())).toBe(record);
  expect(await registry.render()).toContain(`${operations}{operation="get"} 1\n`);
});

test('an engine that answers later is measured until it does', async () => {
  await using folder = await openLmdbFolder();
  const registry = createRegistry();
  const backend = measureBackend(await folder.backend(), registry);
  await backend.set(addressOfKey('k'), setRequest('value'), folder.call());
  expect((await backend.get(addressOfKey('k'), folder.call()))?.value.toString()).toBe('value');
  const text = await registry.render();
  expect(text).toContain(`${operations}{operation="get"} 1\n`);
  expect(text).toContain(`${operations}{operation="set"} 1\n`);
  expect(text).not.toContain(errors);
});

test('a failure is counted by operation and code, and stays what it was', async () => {
  await using folder = await openLmdbFolder();
  const registry = createRegistry();
  const error = new CommanderError('store_unavailable', 'gone');
  const backend = measureBackend(
    createFailingBackend(() => error),
    registry,
  );
  await expect(backend.get(addressOfKey('k'), folder.call())).rejects.toBe(error);
  await expect(backend.ping(folder.call())).rejects.toBe(error);
  const text = await registry.render();
  expect(text).toContain(`${errors}{operation="get",code="store_unavailable"} 1\n`);
  expect(text).toContain(`${errors}{operation="ping",code="store_unavailable"} 1\n`);
  expect(text).toContain(`${operations}{operation="get"} 1\n`);
});

test('an engine that throws at once does so through the measurement', async () => {
  await using folder = await openLmdbFolder();
  const registry = createRegistry();
  const bug = new TypeError('a bug');
  const backend = measureBackend(
    {
      ...createFailingBackend(() => bug),
      get: () => {
        throw bug;
      },
    },
    registry,
  );
  expect(() => backend.get(addressOfKey('k'), folder.call())).toThrow(bug);
  expect(await registry.render()).toContain(`${errors}{operation="get",code="internal_error"} 1\n`);
});

test('a damaged record is noticed and counted in every way to read its value, short or in chunks', async () => {
  await using folder = await openLmdbFolder();
  const fresh = await folder.backend();
  for (const [key, size] of [
    ['short', 100],
    ['chunked', 300_000],
  ] as const) {
    await fresh.set(addressOfKey(key), setRequest(Buffer.alloc(size, 'v')), folder.call());
  }
  await folder.inside(async ({ records, chunks }) => {
    const flipLast = (bytes: Buffer): Buffer => {
      bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
      return bytes;
    };
    await records.put('n/c/short', flipLast(Buffer.from(records.get('n/c/short') ?? '')));
    const [{ key, value } = { key: Buffer.alloc(0), value: Buffer.alloc(0) }] = chunks.getRange({ limit: 1 });
    await chunks.put(Buffer.from(key), flipLast(Buffer.from(value)));
  });
  const registry = createRegistry();
  const backend = measureBackend(await folder.backend(), registry);
  for (const key of ['short', 'chunked']) {
    expect(() => backend.get(addressOfKey(key), folder.call())).toThrow(/damaged/);
  }
  const listing = { namespace: 'n', collection: 'c', prefix: '', after: undefined, limit: 10, withValues: true };
  expect((await backend.list(listing, folder.call())).items).toEqual([
    { key: 'chunked', damaged: true },
    { key: 'short', damaged: true },
  ]);
  const gets = ['short', 'chunked', 'absent'].map((key) => ({ op: 'get', address: addressOfKey(key) }) as const);
  const batch = { operations: gets, atomic: false, receipt: undefined };
  const outcome = await backend.batch(batch, folder.call());
  expect(outcome.outcome === 'done' && outcome.items.map((item) => item.outcome)).toEqual([
    'failed',
    'failed',
    'absent',
  ]);
  const text = await registry.render();
  for (const operation of ['get', 'list', 'batch']) {
    expect(text).toContain(`commander_store_damaged_reads_total{operation="${operation}"} 2\n`);
  }
});
