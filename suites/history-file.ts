/**
 * A history on disk: lines of JSON, packed with zstd, written while operations end. First a header that says what it is
 * of, last a mark with the number of operations and the checks it was taken for: parameters such as the times of faults
 * are known at the end alone. A file without its mark is no history.
 */

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { Operation } from './history.ts';
import { parseOperation, renderOperation } from './history-lines.ts';

const format = 'commander-history-1';

/** What a history is of. */
export interface HistoryOrigin {
  readonly case: string;
  readonly backend: string;
  readonly seed: number;
}

/** A check as it is stored: its parameters are parsed by the checker that has this name. */
export interface StoredCheck {
  readonly checker: string;
  readonly version: number;
  readonly parameters: unknown;
  /** Least counts of the verdict, by name, below which it proves nothing. */
  readonly minimums: Readonly<Record<string, number>>;
}

export interface StoredHistory {
  readonly origin: HistoryOrigin;
  readonly checks: readonly StoredCheck[];
  readonly operations: readonly Operation[];
}

export interface FinishedFile {
  readonly file: string;
  /** Of the packed bytes. */
  readonly sha256: string;
}

export interface HistoryWriter {
  /** Hands an operation over; what goes wrong shows at `finish`. */
  append(operation: Operation): void;
  /** Ends the file. Rejects when any of it could not be written. */
  finish(checks: readonly StoredCheck[]): Promise<FinishedFile>;
}

/** Lines leave in pieces of this size, and at least so often: a history of a run that was killed is there to look at. */
const pieceLength = 65_536;
const flushEveryMs = 1_000;

export function openHistoryWriter(file: string, origin: HistoryOrigin): HistoryWriter {
  const pack = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  const hash = createHash('sha256');
  const written = pipeline(
    pack,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(file, { flags: 'wx' }),
  );
  // Told at `finish`; until then nobody waits for it.
  written.catch(() => undefined);
  let count = 0;
  let waiting = '';
  let flushedAt = performance.now();
  const hand = (taken = (): void => undefined): void => {
    // A stream that broke takes nothing any more.
    if (pack.writable) pack.write(waiting, taken);
    else taken();
    waiting = '';
  };
  const write = (line: string): void => {
    waiting += `${line}\n`;
    if (waiting.length >= pieceLength) hand();
  };
  write(JSON.stringify({ format, ...origin }));
  return {
    append(operation) {
      count += 1;
      write(renderOperation(operation));
      if (performance.now() - flushedAt < flushEveryMs) return;
      flushedAt = performance.now();
      hand();
      pack.flush();
    },
    async finish(checks) {
      write(JSON.stringify({ end: true, count, checks }));
      // Ended with its last piece still waiting, the stream adds an empty frame, and the platform cannot read a frame
      // whose head is split between two reads.
      await new Promise<void>(hand);
      pack.end();
      await written;
      return { file, sha256: hash.digest('hex') };
    },
  };
}

/** The file is no whole history: cut, altered, or of another format. */
export class HistoryRefused extends Error {
  override readonly name = 'HistoryRefused';
}

interface Reading {
  number: number;
  origin: HistoryOrigin | undefined;
  checks: readonly StoredCheck[] | undefined;
  readonly operations: Operation[];
}

/** Reads and unpacks. Throws HistoryRefused; with `sha256` also where the file is not the one that was written. */
export async function readHistory(file: string, sha256?: string): Promise<StoredHistory> {
  const hash = createHash('sha256');
  const reading: Reading = { number: 0, origin: undefined, operations: [], checks: undefined };
  try {
    await pipeline(
      createReadStream(file),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createZstdDecompress(),
      (bytes: AsyncIterable<Buffer>) => readLines(bytes, reading),
    );
  } catch (cause) {
    if (cause instanceof HistoryRefused) throw cause;
    throw new HistoryRefused(`${file} is no whole history: ${(cause as Error).message}`, { cause });
  }
  if (sha256 !== undefined && hash.digest('hex') !== sha256) {
    throw new HistoryRefused(`${file} was altered: it is not the file whose digest the report has`);
  }
  const { origin, checks, operations } = reading;
  if (origin === undefined || checks === undefined) throw new HistoryRefused(`${file} is cut: it has no end mark`);
  return { origin, checks, operations };
}

async function readLines(bytes: AsyncIterable<Buffer>, reading: Reading): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) readLine(line, reading);
  }
  if (rest !== '') throw new HistoryRefused(`line ${reading.number + 1} of the history is cut`);
}

function readLine(line: string, reading: Reading): void {
  reading.number += 1;
  const { number, operations } = reading;
  if (number === 1) {
    reading.origin = parseHeader(line);
    return;
  }
  if (reading.checks !== undefined) throw new HistoryRefused(`line ${number} of the history is after its end mark`);
  if (!line.startsWith('{"end":')) {
    operations.push(parseOperation(line, number));
    return;
  }
  const { count, checks } = JSON.parse(line) as { readonly count: unknown; readonly checks: unknown };
  if (count !== operations.length) {
    throw new HistoryRefused(`the end mark counts ${String(count)} operations, the file has ${operations.length}`);
  }
  if (!isChecks(checks)) throw new HistoryRefused(`line ${number} of the history has no checks`);
  reading.checks = checks;
}

function parseHeader(line: string): HistoryOrigin {
  const header = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const { format: found, case: id, backend, seed } = header;
  if (found !== format) throw new HistoryRefused(`the history is of the format ${String(found)}, not ${format}`);
  if (typeof id !== 'string' || typeof backend !== 'string' || typeof seed !== 'number') {
    throw new HistoryRefused('line 1 of the history does not say what it is of');
  }
  return { case: id, backend, seed };
}

function isChecks(value: unknown): value is readonly StoredCheck[] {
  const isCheck = (check: Partial<StoredCheck>): boolean =>
    typeof check.checker === 'string' && typeof check.version === 'number' && typeof check.minimums === 'object';
  return Array.isArray(value) && value.every(isCheck);
}
