import { spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSeededRandom, type SeededRandom } from '../../../test-support/seeded-random.ts';
import { fill, openFolder } from '../../../test-support/store-content.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../../test-support/temporary-folder.ts';
import type { Opened } from './fixtures/open-damaged.ts';
import { backUp } from './store-files.ts';

const seed = Math.floor(Math.random() * 2 ** 32);
const program = fileURLToPath(new URL('./fixtures/open-damaged.ts', import.meta.url));
const pageBytes = 4096;
/** Most of the time each of them waits: whether a holder of the folder appears. */
const processes = 4;

type Change = (bytes: Buffer, random: SeededRandom) => Buffer;

const flip =
  (from: number, to: (size: number) => number): Change =>
  (bytes, random) => {
    const at = from + random.integer(to(bytes.length) - from);
    bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << random.integer(8)), at);
    return bytes;
  };
const onPages =
  (change: (page: Buffer, random: SeededRandom, bytes: Buffer) => void): Change =>
  (bytes, random) => {
    for (let count = 1 + random.integer(3); count > 0; count -= 1) {
      const at = random.integer(bytes.length / pageBytes) * pageBytes;
      change(bytes.subarray(at, at + pageBytes), random, bytes);
    }
    return bytes;
  };
/** In what tells where things are: pages of entries as a whole, and the first bytes of a long value's. */
const flipInPages: Change = (bytes, random) => {
  const places: { readonly at: number; readonly length: number }[] = [];
  for (let at = 2 * pageBytes; at < bytes.length; at += pageBytes) {
    const flags = bytes.readUInt16LE(at + 18);
    if (flags === 1 || flags === 2) places.push({ at, length: pageBytes }, { at, length: 64 });
    if (flags === 4) places.push({ at, length: 32 });
  }
  const { at, length } = random.pick(places);
  const place = at + random.integer(length);
  bytes.writeUInt8((bytes[place] ?? 0) ^ (1 << random.integer(8)), place);
  return bytes;
};

interface Kind {
  readonly times: number;
  readonly change: Change;
  /** How many of them at least must be noticed, or the mutations hit nothing. */
  readonly noticed?: number;
}

const kinds: Readonly<Record<string, Kind>> = {
  'a flipped bit': { times: 30, change: flip(0, (size) => size), noticed: 3 },
  'a flipped bit in the first header': { times: 20, change: flip(0, () => 0xb0) },
  'a flipped bit in the second header': { times: 20, change: flip(pageBytes, () => pageBytes + 0xb0) },
  'a flipped bit in the pages of entries': { times: 80, change: flipInPages, noticed: 10 },
  'zeroed pages': { times: 15, change: onPages((page) => page.fill(0)) },
  'pages of garbage': { times: 10, change: onPages((page, random) => page.fill(1 + random.integer(255))) },
  'pages in the place of others': {
    times: 10,
    change: onPages((page, random, bytes) => {
      const from = random.integer(bytes.length / pageBytes) * pageBytes;
      page.set(bytes.subarray(from, from + pageBytes));
    }),
  },
  'an end that is missing': { times: 15, change: (bytes, random) => bytes.subarray(0, random.integer(bytes.length)) },
  'a zeroed first header': { times: 1, change: (bytes) => bytes.fill(0, 0, pageBytes) },
  'a zeroed second header': { times: 1, change: (bytes) => bytes.fill(0, pageBytes, 2 * pageBytes) },
  'no byte at all': { times: 1, change: (bytes) => bytes.subarray(0, 0) },
  'no change': { times: 1, change: (bytes) => bytes },
};

let folder: TemporaryFolder;
let original: string;
const seeds = { snapshot: seed, data: seed + 1 };

beforeAll(async () => {
  folder = await createTemporaryFolder();
  original = join(folder.path, 'original');
  await using opened = await openFolder({ folder: original });
  const before = await fill(opened.backend, seeds.snapshot);
  await mkdir(join(original, 'snapshots'));
  await backUp(original, join(original, 'snapshots', '000001_2026-01-02T03-04-05.678Z.mdb'));
  await fill(opened.backend, seeds.data, before);
});
afterAll(() => folder[Symbol.asyncDispose]());

async function makeMutant(name: string, change: (bytes: Buffer) => Buffer): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(join(path, 'snapshots'), { recursive: true });
  for (const file of ['format.json', 'snapshots/000001_2026-01-02T03-04-05.678Z.mdb']) {
    await copyFile(join(original, file), join(path, file));
  }
  await writeFile(join(path, 'data.mdb'), change(await readFile(join(original, 'data.mdb'))));
  return path;
}

/** What the program found, and how it ended. */
function openAll(paths: readonly string[]): Promise<{ readonly found: readonly Opened[]; readonly end: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, JSON.stringify(seeds), ...paths], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('error', reject).once('close', (code, signal) => {
      const found = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Opened);
      resolve({ found, end: code === 0 ? 'well' : `with ${signal ?? code} after ${found.length}: ${stderr}` });
    });
  });
}

test.each(Object.entries(kinds))(
  `a data file with %s is served right, or kept aside and replaced by the snapshot; never a crash, seed ${seed}`,
  async (kind, { times, change, noticed = 0 }) => {
    const random = createSeededRandom(seed ^ kind.length);
    const names = Array.from({ length: times }, (_, index) => `${kind.replaceAll(' ', '-')}-${index}`);
    const paths: string[] = [];
    for (const name of names) paths.push(await makeMutant(name, (bytes) => change(bytes, random)));
    const share = Math.ceil(paths.length / processes);
    const shares = Array.from({ length: processes }, (_, index) => paths.slice(index * share, (index + 1) * share));
    const runs = await Promise.all(shares.filter((one) => one.length > 0).map(openAll));
    expect(runs.filter(({ end }) => end !== 'well')).toEqual([]);
    const found = runs.flatMap((run) => run.found);
    expect(found.map(({ name }) => name)).toEqual(names);
    expect(found.filter(({ wrong }) => wrong !== undefined)).toEqual([]);
    expect(found.filter(({ outcome }) => outcome === 'refused')).toEqual([]);
    for (const path of paths) await rm(path, { recursive: true });
    const quiet = found.filter(({ outcome, damagedRecords }) => outcome === 'served' && damagedRecords === 0);
    expect(times - quiet.length).toBeGreaterThanOrEqual(noticed);
  },
  300_000,
);

test('the mutations are of a store with free pages, long values and chunks', async () => {
  const { checkFile } = await import('./check-file.ts');
  const check = checkFile(join(original, 'data.mdb'), { mayBeNew: false });
  expect(check).toMatchObject({ sound: true, damagedRecords: 0, lostPages: 0 });
  if (!check.sound) return;
  expect(Math.min(check.freePages, check.chunks, check.records / 100)).toBeGreaterThan(1);
  expect((await stat(join(original, 'data.mdb'))).size).toBe(check.bytes);
});
