import { execFileSync } from 'node:child_process';
import { totalmem } from 'node:os';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { expect, test, vi } from 'vitest';
import { constrainedBytes, createMemoryLimit } from './memory-limit.ts';

const mb = 1_000_000;
const bodyBytes = (): number => 0;
const heldBytes = bodyBytes;

/** Bytes outside of the heap, filled, so that the memory is really taken. */
const fill = (bytes: number): Buffer[] => Array.from({ length: Math.ceil(bytes / mb) }, () => Buffer.alloc(mb, 'x'));

/** Resolves when a collection of garbage that `work` asked for is told; the engine's own are not meant. */
async function expectCollection(work: () => void): Promise<void> {
  const flags: number[] = [];
  const observer = new PerformanceObserver((list) => {
    const entries = list.getEntries() as unknown as { readonly detail: { readonly flags: number } }[];
    flags.push(...entries.map(({ detail }) => detail.flags));
  });
  observer.observe({ entryTypes: ['gc'] });
  work();
  const asked = (flag: number): boolean => (flag & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0;
  await vi.waitFor(() => expect(flags.filter(asked)).toHaveLength(1));
  observer.disconnect();
}

test('garbage beyond the heap is collected while memory is short', async () => {
  // Short by word: the limit is near what this process holds.
  const limitBytes = createMemoryLimit({ bodyBytes, heldBytes, limitBytes: 0 }).usedBytes() * 1.2;
  const limit = createMemoryLimit({ bodyBytes, heldBytes, limitBytes });
  await expectCollection(() => {
    // Twice what makes a collection worth it; held, so that the engine does not collect it by itself.
    const pieces = fill(limitBytes / 6);
    limit.look();
    pieces.length = 0;
  });
});

test('after a body was refused garbage is collected where there is little, too', async () => {
  const limit = createMemoryLimit({ bodyBytes, heldBytes, limitBytes: 1_000 * mb });
  await expectCollection(() => {
    expect(limit.admits(1_000 * mb)).toBe(false);
    limit.look();
  });
});

test('a body is let in while twice its length fits below 85 % of the limit, beside those since the last look', () => {
  let used = 50 * mb;
  const limit = createMemoryLimit({ bodyBytes, heldBytes, limitBytes: 100 * mb, readUsedBytes: () => used });
  expect(limit.admits(10 * mb)).toBe(true);
  expect(limit.admits(8 * mb)).toBe(false);
  expect(limit.admits(7 * mb)).toBe(true);
  used = 60 * mb;
  limit.look();
  expect(limit.admits(13 * mb)).toBe(false);
  expect(limit.admits(12 * mb)).toBe(true);
});

test('what was let in counts until it has taken its memory, or is given back', () => {
  let used = 50 * mb;
  let held = 10 * mb;
  const limit = createMemoryLimit({
    bodyBytes: () => held,
    heldBytes,
    limitBytes: 100 * mb,
    readUsedBytes: () => used,
  });
  expect(limit.admits(10 * mb)).toBe(true);
  limit.look();
  expect(limit.admits(8 * mb)).toBe(false);
  used = 60 * mb;
  limit.look();
  expect(limit.admits(8 * mb)).toBe(false);
  held = 0;
  limit.look();
  expect(limit.admits(12.5 * mb)).toBe(true);
});

test('what has arrived since the last look leaves less room, until the next sees it', () => {
  let used = 50 * mb;
  const limit = createMemoryLimit({ bodyBytes, heldBytes, limitBytes: 100 * mb, readUsedBytes: () => used });
  limit.countArrived(35 * mb);
  expect(limit.hasRoom()).toBe(true);
  limit.countArrived(1);
  expect([limit.hasRoom(), limit.admits(0)]).toEqual([false, false]);
  used = 84 * mb;
  limit.look();
  expect([limit.hasRoom(), limit.admits(0)]).toEqual([true, true]);
});

test('memory is low beyond 85 % of the limit, and a look at what is held now decides', () => {
  let used = 86 * mb;
  const limit = createMemoryLimit({ bodyBytes, heldBytes, limitBytes: 100 * mb, readUsedBytes: () => used });
  expect(limit.isLow()).toBe(true);
  expect(limit.admits(0)).toBe(false);
  used = 84 * mb;
  expect(limit.isLow()).toBe(true);
  limit.look();
  expect(limit.isLow()).toBe(false);
});

test('without a word the limit is that of the cgroup, or the memory of the machine', () => {
  expect(createMemoryLimit({ bodyBytes, heldBytes, limitBytes: 0 }).limitBytes).toBe(constrainedBytes());
  expect(constrainedBytes()).toBeGreaterThan(16 * mb);
  expect(constrainedBytes()).toBeLessThanOrEqual(totalmem());
});

test('what no file backs is what counts: what is allocated shows, and the pages of programs do not', () => {
  // In a process where nothing else is given back meanwhile.
  const program = `
    import { readFileSync } from 'node:fs';
    import { createMemoryLimit } from '${new URL('memory-limit.ts', import.meta.url)}';
    const limit = createMemoryLimit({ bodyBytes: () => 0, heldBytes: () => 0, limitBytes: 0 });
    const before = limit.usedBytes();
    const held = Buffer.alloc(${64 * mb}, 'x');
    limit.look();
    const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
    const resident = Number(/VmRSS:\\s+(\\d+)/.exec(status)?.[1] ?? Infinity) * 1024;
    console.log(JSON.stringify({ held: held.length, before, after: limit.usedBytes(), belowResident: limit.usedBytes() < resident }));
  `;
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  const { before, after, ...rest } = JSON.parse(said);
  expect(rest).toEqual({ held: 64 * mb, belowResident: true });
  expect(after - before).toBeGreaterThan(56 * mb);
});
