/**
 * Walking over records where the library holds them. To copy each value and to make texts of each key and head costs
 * more than all else of a step.
 */

import type { Database, RangeIterable } from 'lmdb';
import type { RawRecord } from '../page-sink.ts';
import { rawUtf8KeyEncoder } from './key-encoder.ts';

/** What a range has come to; the next step, and any read of the environment, writes over it. */
export type ScannedRecord = { -readonly [Member in keyof RawRecord]: RawRecord[Member] };

export interface ScannedRecords {
  /** The entries from a storage key, or behind it, to another one. Each is the same object. */
  range(from: { readonly start: string; readonly exclusive: boolean }, end: string): RangeIterable<Scanned>;
}

type Scanned = { readonly key: unknown; readonly value: ScannedRecord };

/** What the library asks for each entry, the key first. */
interface Codec {
  readonly keyEncoder: object;
  readonly encoder: object;
}

export function openScannedRecords(open: (codec: Codec) => Database<ScannedRecord, string>): ScannedRecords {
  const none = Buffer.alloc(0);
  const scanned: ScannedRecord = { keyBytes: none, keyFrom: 0, keyTo: 0, record: none };
  const database = open({
    keyEncoder: {
      writeKey: rawUtf8KeyEncoder.writeKey,
      readKey(source: Buffer, from: number, to: number): undefined {
        scanned.keyBytes = source;
        scanned.keyFrom = from;
        scanned.keyTo = to;
      },
    },
    encoder: {
      encode(): never {
        throw new Error('records are read here, not written');
      },
      decode(shared: Uint8Array, size: number): ScannedRecord {
        scanned.record = Buffer.isBuffer(shared) ? shared : Buffer.from(shared.buffer, shared.byteOffset, size);
        return scanned;
      },
    },
  });
  return {
    range({ start, exclusive }, end) {
      // `exclusiveStart` is not among the options that the library declares.
      const options: Parameters<typeof database.getRange>[0] & object = { start, end };
      return database.getRange(Object.assign(options, { exclusiveStart: exclusive })) as RangeIterable<Scanned>;
    },
  };
}
