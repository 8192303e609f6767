import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { Damage } from '../../suites/fault.ts';
import type { Random } from '../../suites/random.ts';

const pageBytes = 4096;
/** Two meta pages stand before the first page of data. */
const headPages = 2;
const flippedBits = 8;
const everyNthPage = 8;
/** Of a page of LMDB. */
const numberBytes = 8;

interface Damaged {
  readonly at: number;
  readonly bytes: Buffer;
}

/** Writes each piece; resolves with how many bytes are other than before. */
function overwrite(file: number, pieces: readonly Damaged[]): number {
  let changed = 0;
  for (const { at, bytes } of pieces) {
    const before = Buffer.alloc(bytes.length);
    readSync(file, before, 0, bytes.length, at);
    changed += bytes.filter((byte, i) => byte !== before[i]).length;
    writeSync(file, bytes, 0, bytes.length, at);
  }
  return changed;
}

function piecesOf(damage: Exclude<Damage, 'truncate'>, file: number, size: number, random: Random): Damaged[] {
  const pages = Math.floor(size / pageBytes);
  const somePage = (): number => (headPages + random.below(Math.max(1, pages - headPages))) * pageBytes;
  const manyPages = (): number[] => {
    const first = headPages + random.below(Math.max(1, Math.min(everyNthPage, pages - headPages)));
    const count = Math.ceil((pages - first) / everyNthPage);
    return Array.from({ length: count }, (_, i) => (first + i * everyNthPage) * pageBytes);
  };
  const flipIn = (at: number): Damaged => {
    const bytes = Buffer.alloc(1);
    readSync(file, bytes, 0, 1, at);
    bytes[0] = (bytes[0] ?? 0) ^ (1 << random.below(8));
    return { at, bytes };
  };
  switch (damage) {
    case 'zero-meta':
      return [{ at: 0, bytes: Buffer.alloc(Math.min(pageBytes, size)) }];
    case 'zero-page':
      return [{ at: somePage(), bytes: Buffer.alloc(pageBytes) }];
    case 'garbage-page':
      return [{ at: somePage(), bytes: random.bytes(pageBytes) }];
    case 'flip-bits':
      return Array.from({ length: flippedBits }, () => {
        const from = Math.min(headPages * pageBytes, size >> 1);
        return flipIn(from + random.below(size - from));
      });
    case 'zero-pages':
      return manyPages().map((at) => ({ at, bytes: Buffer.alloc(pageBytes) }));
    case 'flip-heads':
      return manyPages().map((at) => flipIn(at + random.below(numberBytes)));
  }
}

const shownPlaces = 8;

function placesOf(pieces: readonly Damaged[]): string {
  const shown = pieces.slice(0, shownPlaces).map(({ at }) => at);
  const left = pieces.length - shown.length;
  return left === 0 ? shown.join(', ') : `${shown.join(', ')} and ${left} more`;
}

/** Damages the file and says how; undefined when nothing of it is other than before. */
export function damageFile(path: string, damage: Damage, random: Random): string | undefined {
  const file = openSync(path, 'r+');
  try {
    const { size } = fstatSync(file);
    if (damage === 'truncate') {
      const kept = Math.floor((size * 2) / 3 / pageBytes) * pageBytes || size >> 1;
      ftruncateSync(file, kept);
      return size === kept ? undefined : `cut from ${size} to ${kept} bytes`;
    }
    const pieces = piecesOf(damage, file, size, random);
    const changed = overwrite(file, pieces);
    const places = placesOf(pieces);
    return changed === 0
      ? undefined
      : `${damage} at ${places} of ${size} bytes: ${changed} bytes are other than before`;
  } finally {
    closeSync(file);
  }
}
