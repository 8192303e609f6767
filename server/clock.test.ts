import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSystemClock, createTestingClock } from './clock.ts';
import { createTemporaryFolder } from './test-support/temporary-folder.ts';

/** A system clock that the test sets, and a monotonic one. */
function steered(systemMs: number) {
  const times = { systemMs, monotonicMs: 50 };
  const clock = createSystemClock({ systemNow: () => times.systemMs, monotonicMs: () => times.monotonicMs });
  /** Somebody looks once a second. */
  const pass = (ms: number): number => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      times.systemMs += 1_000;
      times.monotonicMs += 1_000;
      clock.now();
    }
    return clock.now();
  };
  const step = (ms: number): number => {
    times.systemMs += ms;
    return clock.now();
  };
  return { clock, times, pass, step };
}

const hourMs = 3_600_000;
const yearMs = 365.25 * 24 * hourMs;

test('the clock is never set back with the system clock: it goes on from where it was', () => {
  const { clock, pass, step } = steered(10 * hourMs);
  expect(clock.now()).toBe(10 * hourMs);
  expect(step(-hourMs)).toBe(10 * hourMs);
  expect(pass(1_000)).toBe(10 * hourMs + 990);
  // Set back again, by more than ever passed.
  expect(step(-5 * hourMs)).toBe(10 * hourMs + 990);
  expect(pass(1_000)).toBe(10 * hourMs + 1_980);
  // Set right, but for a second, and then right.
  expect(step(6 * hourMs - 1_000)).toBe(10 * hourMs + 1_980);
  expect(step(1_000)).toBe(10 * hourMs + 2_000);
  expect(pass(1_000)).toBe(10 * hourMs + 3_000);
  expect(clock.aheadMs()).toBe(0);
});

test('a clock that is ahead is right again in a hundred times that, and time to live is a hundredth longer till then', () => {
  const { clock, pass, step } = steered(10 * hourMs);
  step(hourMs);
  step(-hourMs);
  expect(clock.aheadMs()).toBe(hourMs);
  expect(pass(10 * hourMs)).toBe(20 * hourMs + 54 * 60_000);
  expect(clock.aheadMs()).toBe(54 * 60_000);
  expect(pass(89 * hourMs)).toBe(109 * hourMs + 36_000);
  expect(pass(hourMs)).toBe(110 * hourMs);
  expect(pass(hourMs)).toBe(111 * hourMs);
  expect(clock.aheadMs()).toBe(0);
});

test('a clock that is raised goes on from there until the system clock has caught up', () => {
  const { clock, pass, step } = steered(0);
  clock.raiseTo(50 * yearMs);
  expect(clock.now()).toBe(50 * yearMs);
  expect(clock.aheadMs()).toBe(50 * yearMs);
  expect(pass(100_000)).toBe(50 * yearMs + 99_000);
  clock.raiseTo(40 * yearMs);
  expect(clock.now()).toBe(50 * yearMs + 99_000);
  expect(step(51 * yearMs)).toBe(51 * yearMs + 100_000);
  clock.raiseTo(51 * yearMs);
  expect(clock.now()).toBe(51 * yearMs + 100_000);
});

test('a remembered time is believed up to ten years beyond the system clock, or the release where that is not set', () => {
  const at = (systemMs: number) => createSystemClock({ systemNow: () => systemMs });
  const released = Date.UTC(2026, 0, 1);
  const in2040 = Date.UTC(2040, 5, 1);
  expect(at(0).believes(Date.UTC(2030, 0, 1))).toBe(true);
  expect(at(0).believes(released + 10 * yearMs)).toBe(true);
  expect(at(0).believes(released + 10 * yearMs + 1)).toBe(false);
  expect(at(in2040).believes(in2040 + 10 * yearMs)).toBe(true);
  expect(at(in2040).believes(Date.UTC(2100, 0, 1))).toBe(false);
  expect(at(in2040).believes(0)).toBe(true);
});

test('what a testing clock was advanced by is remembered by its file alone', async () => {
  await using folder = await createTemporaryFolder();
  const stateFile = join(folder.path, 'testing-clock');
  const first = createTestingClock({ stateFile, frozen: false });
  const floorMs = first.floorOf(first.advance(hourMs));
  expect(Math.abs(floorMs - Date.now())).toBeLessThan(60_000);
  const second = createTestingClock({ stateFile, frozen: false });
  second.raiseTo(floorMs + 10 * hourMs);
  expect(Math.abs(second.now() - Date.now() - 11 * hourMs)).toBeLessThan(60_000);
  expect(Math.abs(second.aheadMs() - 10 * hourMs)).toBeLessThan(60_000);
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

test('two clocks on one file move by themselves, and the one furthest ahead is what a restart goes on from', async () => {
  await using folder = await createTemporaryFolder();
  const stateFile = join(folder.path, 'testing-clock');
  const start = Date.UTC(2030, 0, 1);
  const first = createTestingClock({ stateFile, frozen: true });
  const second = createTestingClock({ stateFile, frozen: true });
  first.advance(1_000);
  second.advance(40);
  expect([first.now(), second.now()]).toEqual([start + 1_000, start + 40]);
  expect(createTestingClock({ stateFile, frozen: true }).now()).toBe(start + 1_000);
  second.advance(2_000);
  expect(createTestingClock({ stateFile, frozen: true }).now()).toBe(start + 2_040);
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
