import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSystemClock, createTestingClock } from './clock.ts';
import { createTemporaryFolder } from './test-support/temporary-folder.ts';

test('the clock stands still while the system clock is set back, and goes on with it later', () => {
  const times = [1_000, 2_000, 500, 1_999, 2_000, 2_001];
  const clock = createSystemClock(() => times.shift() ?? 0);
  expect(Array.from({ length: 6 }, () => clock.now())).toEqual([1_000, 2_000, 2_000, 2_000, 2_000, 2_001]);
});

test('the system clock is the wall clock', () => {
  const before = Date.now();
  const now = createSystemClock().now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

test('a frozen clock moves by advance alone', async () => {
  const clock = createTestingClock({ stateFile: undefined, frozen: true });
  expect(clock.now()).toBe(Date.UTC(2030, 0, 1));
  expect(await clock.advance(1_500)).toBe(Date.UTC(2030, 0, 1) + 1_500);
  expect(clock.now()).toBe(Date.UTC(2030, 0, 1) + 1_500);
});

test('a testing clock that is not frozen is the wall clock and what it was advanced by', async () => {
  const clock = createTestingClock({ stateFile: undefined, frozen: false });
  const before = Date.now();
  const advanced = clock.advance(30 * 86_400_000);
  expect(advanced - before).toBeGreaterThanOrEqual(30 * 86_400_000);
  expect(clock.now()).toBeGreaterThanOrEqual(advanced);
});

test('the offset survives a restart on the same file', async () => {
  await using folder = await createTemporaryFolder();
  const stateFile = join(folder.path, 'testing-clock');
  const first = createTestingClock({ stateFile, frozen: true });
  await first.advance(40);
  await first.advance(2);
  expect(createTestingClock({ stateFile, frozen: true }).now()).toBe(Date.UTC(2030, 0, 1) + 42);
  expect(await readFile(stateFile, 'utf8')).toBe('42\n');
});

test('a file that does not exist yet means no offset', async () => {
  await using folder = await createTemporaryFolder();
  const stateFile = join(folder.path, 'testing-clock');
  expect(createTestingClock({ stateFile, frozen: true }).now()).toBe(Date.UTC(2030, 0, 1));
});

test.each(['', '42', '-1\n', '1.5\n', '1e3\n', 'x\n', '12345678901234567\n', '1\n2\n'])(
  'a file with %j is refused, not taken for an offset',
  async (text) => {
    await using folder = await createTemporaryFolder();
    const stateFile = join(folder.path, 'testing-clock');
    await writeFile(stateFile, text);
    expect(() => createTestingClock({ stateFile, frozen: true })).toThrow(/does not hold the offset/);
  },
);

test('a state file that cannot be read is an error, not an offset of zero', async () => {
  await using folder = await createTemporaryFolder();
  const stateFile = join(folder.path, 'testing-clock');
  await mkdir(stateFile);
  expect(() => createTestingClock({ stateFile, frozen: true })).toThrow(/EISDIR/);
});
