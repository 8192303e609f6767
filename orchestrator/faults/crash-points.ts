/**
 * What a disk may hold when the power fails at some moment of a recording. What was flushed is there; of the rest the
 * disk may have written nothing, all, some writes, or some sectors of some writes, in any order.
 */

import type { Random } from '../../suites/random.ts';
import type { FileWrite, WriteTrace } from './write-trace.ts';

const keeps = [
  'nothing',
  'everything',
  'some writes',
  'some sectors of 512 bytes',
  'some sectors of 4096 bytes',
] as const;
export type Keep = (typeof keeps)[number];

export interface CrashImage {
  /** The line of the recording before which the power failed. */
  readonly line: number;
  /** What is there of the writes that were not flushed. */
  readonly keep: Keep;
  readonly content: Buffer;
  /** Writes that were not flushed, and how many of them are not there as they were. */
  readonly unflushed: number;
  readonly dropped: number;
  /** ETags of the answers that had been sent by then. */
  readonly acknowledged: ReadonlySet<string>;
}

const sectorBytes: Readonly<Partial<Record<Keep, number>>> = {
  'some sectors of 512 bytes': 512,
  'some sectors of 4096 bytes': 4096,
};

/** Pieces of the write that are kept; all of it as one piece when it is. */
function keptOf(write: FileWrite, keep: Keep, random: Random): readonly FileWrite[] {
  if (keep === 'nothing') return [];
  if (keep === 'everything') return [write];
  const sector = sectorBytes[keep];
  if (sector === undefined) return random.below(2) === 0 ? [] : [write];
  const pieces: FileWrite[] = [];
  const end = write.at + write.bytes.length;
  for (let from = write.at; from < end; ) {
    const to = Math.min(end, (Math.floor(from / sector) + 1) * sector);
    if (random.below(2) === 1) {
      pieces.push({ ...write, at: from, bytes: write.bytes.subarray(from - write.at, to - write.at) });
    }
    from = to;
  }
  return pieces;
}

export function buildImage(trace: WriteTrace, line: number, keep: Keep, random: Random): CrashImage {
  const pieces: FileWrite[] = [];
  let unflushed = 0;
  let dropped = 0;
  for (const write of trace.writes) {
    if (write.start >= line) continue;
    if (write.durableFrom < line) {
      pieces.push(write);
      continue;
    }
    unflushed += 1;
    const kept = keptOf(write, keep, random);
    if (kept.reduce((sum, { bytes }) => sum + bytes.length, 0) < write.bytes.length) dropped += 1;
    pieces.push(...kept);
  }
  const content = Buffer.alloc(Math.max(0, ...pieces.map(({ at, bytes }) => at + bytes.length)));
  for (const { at, bytes } of pieces) bytes.copy(content, at);
  const acknowledged = new Set(trace.answers.filter(({ at }) => at < line).map(({ etag }) => etag));
  return { line, keep, content, unflushed, dropped, acknowledged };
}

/** So many moments after the first acknowledgement, each with one of the ways in which a disk keeps what it has. */
export function* replayCrashPoints(trace: WriteTrace, points: number, random: Random): Generator<CrashImage> {
  const first = trace.answers[0]?.at;
  if (first === undefined) throw new Error('the recording holds no answer');
  const moments = new Set<number>();
  for (const { start, end, durableFrom } of trace.writes)
    for (const at of [start + 1, end + 1, durableFrom]) moments.add(at);
  for (const { at } of trace.answers) moments.add(at + 1);
  const usable = [...moments].filter((at) => at > first && at <= trace.length).sort((a, b) => a - b);
  for (let point = 0; point < points; point += 1) {
    const keep = keeps[point % keeps.length] ?? 'nothing';
    yield buildImage(trace, random.pick(usable), keep, random);
  }
}
