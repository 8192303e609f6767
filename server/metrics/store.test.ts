import { expect, test } from 'vitest';
import type { Backend } from '../backends/backend.ts';
import { CommanderError } from '../errors.ts';
import { composeApp } from '../test-support/compose-app.ts';
import { createFailingBackend } from '../test-support/failing-backend.ts';
import { readSamples } from '../test-support/read-samples.ts';
import { createTemporaryFolder } from '../test-support/temporary-folder.ts';

const down = createFailingBackend(() => new CommanderError('store_unavailable', 'gone'));
const said = { bytes: 1_000, freeBytes: 400, records: 7 };

function answering(stats: Backend['stats']): Backend {
  return { ...down, ping: async () => undefined, stats };
}

test('what the store says is shown, and the room on the disk of the data folder', async () => {
  await using folder = await createTemporaryFolder();
  await using composed = composeApp({ openBackend: () => answering(async () => said), dataFolder: folder.path });
  const samples = await readSamples(composed);
  expect(samples.get('commander_store_up')).toBe(1);
  expect(samples.get('commander_store_bytes')).toBe(1_000);
  expect(samples.get('commander_store_free_bytes')).toBe(400);
  expect(samples.get('commander_store_records')).toBe(7);
  expect(samples.get('commander_data_disk_free_bytes')).toBeGreaterThan(0);
});

test('what the store does not say is absent', async () => {
  const partly = { bytes: 1_000, freeBytes: undefined, records: undefined };
  await using composed = composeApp({ openBackend: () => answering(async () => partly) });
  const samples = await readSamples(composed);
  expect(samples.get('commander_store_bytes')).toBe(1_000);
  for (const name of ['store_free_bytes', 'store_records', 'data_disk_free_bytes']) {
    expect(samples.has(`commander_${name}`)).toBe(false);
  }
});

test('while the store is down the metrics are served, without those of the store', async () => {
  await using composed = composeApp({ openBackend: () => down });
  const samples = await readSamples(composed);
  expect(samples.get('commander_store_up')).toBe(0);
  expect(samples.has('commander_store_bytes')).toBe(false);
  expect(samples.get('commander_process_resident_memory_bytes')).toBeGreaterThan(1e6);
});

test('a store that never answers does not keep a scrape from its answer', async () => {
  const silent = createFailingBackend(() => undefined);
  const never = (): Promise<never> => new Promise(() => undefined);
  await using composed = composeApp({ openBackend: () => ({ ...silent, ping: never, stats: never }) });
  expect((await readSamples(composed)).get('commander_store_up')).toBe(0);
});

test('scrapes at once and soon after one another ask the store once', async () => {
  let asked = 0;
  const openBackend = (): Backend =>
    answering(async () => {
      asked += 1;
      return said;
    });
  await using composed = composeApp({ openBackend });
  await Promise.all([readSamples(composed), readSamples(composed)]);
  await readSamples(composed);
  expect(asked).toBe(1);
});
