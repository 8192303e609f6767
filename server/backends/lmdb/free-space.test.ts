/** The guard on whatever disk the test has: what is full is a matter of the reserve. */

import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeOf } from '../../test-support/code-of.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../test-support/temporary-folder.ts';
import type { SpaceState } from '../space-state.ts';
import { createSpaceGuard, demandRoomToOpen, type SpaceGuard } from './free-space.ts';
import { openSpareFile } from './spare-file.ts';

let folder: TemporaryFolder;
let inside = { bytes: 10_000_000, freeBytes: 0 };
let changes: { readonly full: boolean; readonly state: SpaceState }[] = [];

beforeEach(async () => {
  folder = await createTemporaryFolder();
  inside = { bytes: 10_000_000, freeBytes: 0 };
  changes = [];
});
afterEach(() => folder[Symbol.asyncDispose]());

function guard(reserveBytes: number): SpaceGuard {
  return createSpaceGuard({
    folder: folder.path,
    reserveBytes,
    measureFile: () => inside,
    spare: openSpareFile(folder.path),
    onChange: (full, state) => void changes.push({ full, state }),
  });
}

function freeBytes(): number {
  const { bavail, bsize } = statfsSync(folder.path);
  return bavail * bsize;
}

const write = { adds: 100 };

test('beyond the reserve what grows is refused, what removes is not, and that is told once', () => {
  const space = guard(freeBytes() * 2);
  for (let tries = 0; tries < 3; tries += 1) expect(codeOf(() => space.take(write, tries * 10))).toBe('store_full');
  space.giveBack(space.take({ removes: 1 }, 40));
  expect(space.state()).toMatchObject({ full: true, refused: 3 });
  expect(changes.map(({ full }) => full)).toEqual([true]);
});

test('what is under way counts until it has ended, and then until the disk was looked at', () => {
  const room = 300_000_000;
  const space = guard(freeBytes() - room);
  const cost = space.take({ adds: room * 0.6 }, 0);
  expect(codeOf(() => space.take({ adds: room * 0.6 }, 0.5))).toBe('store_full');
  space.giveBack(cost);
  expect(codeOf(() => space.take({ adds: room * 0.6 }, 0.8))).toBe('store_full');
  expect(space.take({ adds: room * 0.6 }, 10)).toBe(cost);
});

test('a write costs its pages, one more for each 256 KB, and eight', () => {
  const space = guard(1);
  const pages = (adds: number): number => space.take({ adds }, 0) / 4096;
  expect([0, 1, 4096, 4097].map(pages)).toEqual([8, 10, 10, 11]);
  expect(pages(16_000_000)).toBe(3907 + 62 + 8);
});

test('pages that are free inside the file carry small writes on a full disk, and leave some to deletes', () => {
  const space = guard(freeBytes() * 2);
  inside = { bytes: 10_000_000, freeBytes: 900_000 };
  expect(codeOf(() => space.take(write, 0))).toBe('store_full');
  inside = { bytes: 10_000_000, freeBytes: 1_100_000 };
  expect(space.take(write, 10)).toBeGreaterThan(0);
  // A large one needs them side by side: half of the reserve, or a file that is mostly empty.
  inside = { bytes: 10_000_000, freeBytes: 4_000_000 };
  expect(codeOf(() => space.take({ adds: 100_000 }, 20))).toBe('store_full');
  inside = { bytes: 10_000_000, freeBytes: 6_000_000 };
  expect(space.take({ adds: 100_000 }, 30)).toBeGreaterThan(0);
});

test('steps of a removal get smaller where there is no room for the usual one', () => {
  expect(guard(1).removableAtOnce(500)).toBe(500);
});

test('the usual reserve is 2 % of the disk, at least 4 MB and at most 64 MB', () => {
  const { blocks, bsize } = statfsSync(folder.path);
  const share = blocks * bsize * 0.02;
  expect(guard(0).state().reserveBytes).toBe(Math.min(64_000_000, Math.max(4_000_000, share)));
});

test('the spare file is given up once, and made again when there is room', () => {
  const spare = openSpareFile(folder.path);
  expect([spare.isGone, spare.release()]).toEqual([true, false]);
  spare.restore();
  expect(spare.isGone).toBe(false);
  expect(openSpareFile(folder.path).isGone).toBe(false);
  expect([spare.release(), spare.isGone, spare.release()]).toEqual([true, true, false]);
  guard(1).state();
  expect(openSpareFile(folder.path).isGone).toBe(false);
});

test('a folder with a lock file is opened whatever the disk says, and so is one that nobody can look at', () => {
  demandRoomToOpen(folder.path, true);
  demandRoomToOpen(folder.path, false);
  demandRoomToOpen(join(folder.path, 'missing'), false);
});
