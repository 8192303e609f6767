import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { storeCheck } from './checkers/run-check.ts';
import { get, historyOf, set } from './checkers/sketch.ts';
import { openHistoryWriter, readHistory } from './history-file.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-test-'));
  file = join(folder, 'h.ndjson.zst');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const origin = { case: 'edge-cases/a', backend: 'lmdb', seed: 7 };
const operations = historyOf([
  [1, set('é"\n'), 0, 1],
  [2, get(null), 2, 3],
]);
const check = storeCheck({ checker: 'zones', parameters: {}, minimums: { reads: 1 } });

async function writeAll(): Promise<string> {
  const writer = openHistoryWriter(file, origin);
  for (const operation of operations) writer.append(operation);
  return (await writer.finish([check])).sha256;
}

/** Writes the file again with other text, packed as it was. */
function alter(change: (text: string) => string): void {
  writeFileSync(file, zstdCompressSync(Buffer.from(change(zstdDecompressSync(readFileSync(file)).toString()))));
}

test('a history is read back as it was written, digest and all', async () => {
  const sha256 = await writeAll();
  expect(await readHistory(file, sha256)).toEqual({ origin, checks: [check], operations });
});

test('it can be unpacked in pieces, wherever its end is cut', async () => {
  const writer = openHistoryWriter(file, origin);
  // The last one is flushed as it comes.
  const flushedLately = performance.now();
  vi.spyOn(performance, 'now').mockReturnValue(flushedLately + 2_000);
  for (const operation of operations) writer.append(operation);
  await writer.finish([check]);
  const bytes = readFileSync(file);
  const whole = zstdDecompressSync(bytes).length;
  for (let cut = bytes.length - 32; cut < bytes.length; cut += 1) {
    const pieces = Readable.from([bytes.subarray(0, cut), bytes.subarray(cut)]);
    let unpacked = 0;
    const count = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
      for await (const { length } of chunks) unpacked += length;
    };
    await pipeline(pieces, createZstdDecompress(), count);
    expect([cut, unpacked]).toEqual([cut, whole]);
  }
});

test('what is written is in the file before the end', async () => {
  const writer = openHistoryWriter(file, origin);
  for (let i = 0; i < 300_000; i += 1) writer.append({ ...operations[0], i } as (typeof operations)[number]);
  await expect.poll(() => existsSync(file) && readFileSync(file).length, { timeout: 10_000 }).toBeGreaterThan(0);
  await writer.finish([]);
});

describe('what is no whole history is refused', () => {
  beforeEach(writeAll);
  test.for([
    [
      'a file without its end mark',
      (text: string) => text.slice(0, text.indexOf('{"end"')),
      'is cut: it has no end mark',
    ],
    ['a cut line', (text: string) => text.slice(0, text.indexOf('"output"')), 'line 2 of the history is cut'],
    ['a missing operation', (text: string) => text.replace(/^\{"i":1.*\n/m, ''), 'counts 2 operations, the file has 1'],
    ['another format', (text: string) => text.replace('history-1', 'history-9'), 'format commander-history-9'],
    ['no header', (text: string) => text.slice(text.indexOf('\n') + 1), 'format undefined'],
    [
      'a line that is no operation',
      (text: string) => text.replace('"f":"get"', '"f":"got"'),
      'line 3 of the history is no operation',
    ],
    ['lines after its end', (text: string) => `${text}{}\n`, 'line 5 of the history is after its end mark'],
  ] as const)('%s', async ([, change, why]) => {
    alter(change);
    await expect(readHistory(file)).rejects.toThrow(why);
    await expect(readHistory(file)).rejects.toMatchObject({ name: 'HistoryRefused' });
  });

  test('packed bytes that are cut', async () => {
    writeFileSync(file, readFileSync(file).subarray(0, -12));
    await expect(readHistory(file)).rejects.toMatchObject({ name: 'HistoryRefused' });
  });
  test('a file with another digest, although it is a history', async () => {
    alter((text) => text.replace('"seed":7', '"seed":8'));
    await expect(readHistory(file, '0'.repeat(64))).rejects.toThrow('was altered');
  });
  test('no file at all', async () => {
    await expect(readHistory(join(folder, 'none'))).rejects.toThrow('no whole history: ENOENT');
  });
});

test('a file that cannot be written is told at the end', async () => {
  const writer = openHistoryWriter(join(folder, 'missing', 'h.zst'), origin);
  for (const operation of operations) writer.append(operation);
  await expect(writer.finish([])).rejects.toThrow('ENOENT');
});
