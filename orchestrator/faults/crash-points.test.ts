import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRandom } from '../../suites/random.ts';
import { buildImage, replayCrashPoints } from './crash-points.ts';
import { readWriteTrace, type WriteTrace } from './write-trace.ts';

const seed = 4711;
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crash-points-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const hex = (text: string): string => Buffer.from(text).toString('hex').replaceAll(/../g, '\\x$&');
const path = hex('/data/data.mdb');

/** Calls as strace writes them down. */
function read(lines: readonly string[]): Promise<WriteTrace> {
  const file = join(folder, 'trace');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return readWriteTrace(file, 'data.mdb');
}

const opens = [
  `11 openat(AT_FDCWD, "${path}", O_RDWR|O_CREAT|O_CLOEXEC, 0664) = 21`,
  `11 openat(AT_FDCWD, "${path}", O_WRONLY|O_DSYNC|O_CLOEXEC) = 22`,
  `11 openat(AT_FDCWD, "${hex('/data/other')}", O_WRONLY) = 23`,
];
const answer = (etag: string): string => {
  const head = `HTTP/1.1 201 Created\r\netag: "${etag}"\r\ncontent-length: 0\r\n\r\n`;
  return `11 write(30, "${hex(head)}", ${head.length}) = ${head.length}`;
};
const text = (trace: WriteTrace, line: number, keep: Parameters<typeof buildImage>[2] = 'nothing'): string =>
  buildImage(trace, line, keep, createRandom(seed)).content.toString();

test('a write is certain once a flush that began after it has ended, and no sooner', async () => {
  const trace = await read([
    ...opens,
    `12 pwrite64(21, "${hex('aa')}", 2, 0) = 2`,
    `12 fdatasync(21 <unfinished ...>`,
    `13 pwrite64(21, "${hex('bb')}", 2, 2) = 2`,
    `12 <... fdatasync resumed>)          = 0`,
    `13 fsync(21) = 0`,
    `13 pwrite64(21, "${hex('cc')}", 2, 4) = 2`,
    answer('x'),
  ]);
  expect([5, 6, 7, 8, 9, 99].map((line) => text(trace, line))).toEqual(['', '', '', 'aa', 'aabb', 'aabb']);
  expect([5, 7].map((line) => text(trace, line, 'everything'))).toEqual(['aa', 'aabb']);
});

test('a write through a descriptor that flushes is certain once it has ended', async () => {
  const trace = await read([
    ...opens,
    `12 pwrite64(22, "${hex('aa')}", 2, 0 <unfinished ...>`,
    `13 write(23, "${hex('zz')}", 2) = 2`,
    `12 <... pwrite64 resumed>) = 2`,
    answer('x'),
  ]);
  expect([5, 6, 7].map((line) => text(trace, line))).toEqual(['', '', 'aa']);
});

test('writes without an offset go where the last one ended or was put', async () => {
  const trace = await read([
    ...opens,
    `12 write(21, "${hex('ab')}", 2) = 2`,
    `12 writev(21, [{iov_base="${hex('cd')}", iov_len=2}, {iov_base="${hex('ef')}", iov_len=2}], 2) = 4`,
    `12 lseek(21, 1, SEEK_SET) = 1`,
    `12 write(21, "${hex('XYZ')}", 3) = 1`,
  ]);
  expect(text(trace, 99, 'everything')).toBe('aXcdef');
});

test('what failed has not happened', async () => {
  const trace = await read([...opens, `12 pwrite64(21, "${hex('aa')}", 2, 0) = -1 ENOSPC (No space left on device)`]);
  expect(trace.writes).toEqual([]);
});

test('a write is acknowledged from its answer on', async () => {
  const trace = await read([...opens, answer('one'), `12 close(21) = 0`, answer('two')]);
  const acknowledged = (line: number): string[] => [
    ...buildImage(trace, line, 'nothing', createRandom(seed)).acknowledged,
  ];
  expect([4, 5, 6, 7].map(acknowledged)).toEqual([[], ['"one"'], ['"one"'], ['"one"', '"two"']]);
});

test('torn writes keep whole sectors, and the seed brings them again', async () => {
  const block = 'x'.repeat(8192);
  const trace = await read([...opens, `12 pwrite64(21, "${hex(block)}", 8192, 0) = 8192`, answer('x')]);
  const image = buildImage(trace, 9, 'some sectors of 512 bytes', createRandom(seed));
  const sectors = Array.from({ length: 16 }, (_, i) => image.content.subarray(i * 512, (i + 1) * 512));
  expect(
    sectors.every((sector) => new Set(sector).size <= 1),
    `seed ${seed}`,
  ).toBe(true);
  expect(new Set(sectors.map((sector) => sector[0] ?? 0)).size).toBe(2);
  expect(image).toMatchObject({ unflushed: 1, dropped: 1 });
  expect(buildImage(trace, 9, 'some sectors of 512 bytes', createRandom(seed)).content).toEqual(image.content);
});

test('points lie after the first acknowledgement and take every way in turn', async () => {
  const trace = await read([
    ...opens,
    `12 pwrite64(21, "${hex('aa')}", 2, 0) = 2`,
    answer('x'),
    `12 pwrite64(21, "${hex('bb')}", 2, 2) = 2`,
    answer('y'),
  ]);
  const images = [...replayCrashPoints(trace, 10, createRandom(seed))];
  expect(images.every(({ line, acknowledged }) => line > 5 && acknowledged.size > 0)).toBe(true);
  expect(new Set(images.map(({ keep }) => keep)).size).toBe(5);
});

test('a recording that was cut is refused', async () => {
  await expect(read([...opens, `12 pwrite64(21, "${hex('aa')}"..., 2, 0) = 2`])).rejects.toThrow(/does not hold all/);
});
