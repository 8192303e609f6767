import { expect, test, vi } from 'vitest';
import type { Backend } from '../backends/backend.ts';
import { createClock, createContext } from '../backends/contract/engines.ts';
import { callAt, none } from '../backends/contract/subject.ts';
import { maxFilteredPageMs } from '../backends/limits.ts';
import { openMemory } from '../backends/memory.ts';
import { parseFilter } from './filter.ts';
import { listFiltered } from './filtered-page.ts';

const collection = { namespace: 'n', collection: 'c' };
const call = () => callAt(0);

test('a page over a slow store ends after a while with what it has, and its cursor goes on', async () => {
  const store = openMemory(createContext(createClock()));
  const keys = Array.from({ length: 300 }, (_, index) => `k${String(index).padStart(3, '0')}`);
  const request = { contentType: 'application/json', expiry: none, condition: undefined };
  for (const key of keys) {
    const value = Buffer.from(`{"last":${key === keys.at(-1)}}`);
    await store.set({ ...collection, key }, { ...request, value }, call());
  }
  let nowMs = 0;
  let asked = 0;
  using _ = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const slow: Backend = {
    ...store,
    list(...given) {
      nowMs += maxFilteredPageMs / 2;
      asked += 1;
      return store.list(...given);
    },
  };
  const search = {
    ...collection,
    prefix: '',
    limit: 20,
    withValues: false,
    filter: parseFilter('{"last":{"eq":true}}'),
  };
  const found: string[] = [];
  const cursors: (string | undefined)[] = [];
  let after: string | undefined;
  do {
    const page = await listFiltered(slow, { ...search, after }, call);
    found.push(...page.items.map(({ key }) => key));
    after = page.examinedTo;
    cursors.push(after);
  } while (after !== undefined);
  // Two pages of the store each: 20 records and 40.
  expect(cursors).toEqual([keys[59], keys[119], keys[179], keys[239], undefined]);
  expect(found).toEqual([keys.at(-1)]);
  expect(asked).toBe(10);
});
