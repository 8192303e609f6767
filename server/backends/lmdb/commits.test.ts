import { expect, test } from 'vitest';
import { CommanderError } from '../../errors.ts';
import { createClock, createContext } from '../contract/engines.ts';
import { callAt } from '../contract/subject.ts';
import { createCommits } from './commits.ts';

/** As a read throws it that comes before the rejection of the commit (lmdb 3.5). */
const panic = (): Error =>
  new Error('Invalid argument: MDB_PANIC: Update of meta page failed or environment had fatal error');
const space = {} as Parameters<typeof createCommits>[1];

test('a read that meets a failed environment is refused as one that ends, and the process is told once', async () => {
  const told: unknown[] = [];
  const env = {} as Parameters<typeof createCommits>[0];
  const { log } = createContext(createClock());
  using commits = createCommits(env, space, { log, onBroken: (error) => told.push(error) });
  const damaged = new CommanderError('record_corrupt', 'damaged');
  expect(commits.explain(damaged)).toBe(damaged);
  expect(commits.broken).toBe(false);
  const first = panic();
  for (const error of [first, panic()]) expect(commits.explain(error)).toMatchObject({ code: 'shutting_down' });
  expect(told).toEqual([first]);
  expect(commits.broken).toBe(true);
  await expect(commits.write(callAt(0), { adds: 1 }, () => 1)).rejects.toMatchObject({ code: 'shutting_down' });
});
