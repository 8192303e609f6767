/**
 * The databases of one LMDB environment and what is done to them inside one transaction.
 *
 * records  `namespace/collection/key` in UTF-8 -> record (record.ts); values above 64 KB are detached
 * chunks   locator (16 bytes) and index (u32) -> up to 256 KB of a detached value
 * expiry   expiry in ms (u64) and storage key -> nothing; what the sweeper walks
 */

import { randomBytes } from 'node:crypto';
import { type Database, type DatabaseOptions, open, type RootDatabase } from 'lmdb';
import { CommanderError } from '../../errors.ts';
import {
  encodeDetached,
  encodeRecord,
  type RecordFields,
  recordExpiryMs,
  recordHeaderBytes,
  recordIsDetached,
} from '../../record.ts';
import { rawUtf8KeyEncoder } from './key-encoder.ts';
import { openScannedRecords, type ScannedRecords } from './scanned-records.ts';

export const maxInlineBytes = 64 * 1024;
const chunkBytes = 256 * 1024;
export const locatorBytes = 16;

export const databaseNames = { records: 'records', expiry: 'expiry', chunks: 'chunks' } as const;

/** `keyEncoder` works for one database as for the root, but the library declares it for the root alone. */
const recordsOptions: DatabaseOptions & { readonly name: string; readonly keyEncoder: typeof rawUtf8KeyEncoder } = {
  name: databaseNames.records,
  encoding: 'binary',
  keyEncoder: rawUtf8KeyEncoder,
};

export interface LmdbStore {
  readonly env: RootDatabase<Buffer, string>;
  readonly records: Database<Buffer, string>;
  /** The same records, for walking over them. */
  readonly scanned: ScannedRecords;
  readonly expiry: Database<Buffer, Buffer>;
  readonly chunks: Database<Buffer, Buffer>;
}

/** `readOnly`: for a process that looks into a store of others. `noSync`: for controls, which must lose. */
export function openStore(
  folder: string,
  { readOnly = false, noSync = false }: { readonly readOnly?: boolean; readonly noSync?: boolean } = {},
): LmdbStore {
  const options: Parameters<typeof open>[0] & { readonly noReadAhead: boolean; readonly safeRestore: boolean } = {
    path: folder,
    // The library takes a name with a dot for that of a file.
    noSubdir: false,
    readOnly,
    encoding: 'binary',
    // Acknowledged means flushed: with overlapping sync an I/O error of the flush is acknowledged all the same.
    overlappingSync: false,
    noSync,
    // A database larger than memory is read at random; read-ahead costs 28 to 60 times the throughput there.
    noReadAhead: true,
    // Never trust a meta page that was not flushed, even while the boot id is unchanged.
    safeRestore: true,
    // One mapping that grows; without a size every growth leaves an old mapping that counts as resident.
    mapSize: 2 ** 30,
    maxDbs: 4,
  };
  const env = open<Buffer, string>(options);
  return {
    env,
    records: env.openDB<Buffer, string>({ ...recordsOptions }),
    scanned: openScannedRecords((options) => env.openDB({ ...recordsOptions, ...options })),
    expiry: env.openDB<Buffer, Buffer>({ name: databaseNames.expiry, encoding: 'binary', keyEncoding: 'binary' }),
    chunks: env.openDB<Buffer, Buffer>({ name: databaseNames.chunks, encoding: 'binary', keyEncoding: 'binary' }),
  };
}

/** The stored bytes under a key, copied: the library reuses its buffer at the next read. */
export function readRecord(store: LmdbStore, storageKey: string): Buffer | undefined {
  const shared = store.records.getBinaryFast(storageKey);
  return shared && copyOf(shared);
}

/** A copy of bytes that the library shares until its next read. */
export function copyOf(shared: Buffer, from = 0): Buffer {
  const copy = Buffer.allocUnsafe(shared.length - from);
  shared.copy(copy, 0, from, shared.length);
  return copy;
}

/** The value that stands in a record whose media type has `contentTypeBytes` bytes: the one copy that a read makes. */
export function copyInline(shared: Buffer, contentTypeBytes: number): Buffer {
  return copyOf(shared, Math.min(recordHeaderBytes + contentTypeBytes, shared.length));
}

/** Encodes for this store. The revision is written again inside the transaction, by `rewriteHead`. */
export function encodeForStore(key: string, fields: RecordFields): Buffer {
  if (fields.value.length <= maxInlineBytes) return encodeRecord(key, fields);
  return encodeDetached(key, fields, randomBytes(locatorBytes));
}

/** The value of a stored record whose media type has `contentTypeBytes` bytes. */
export function readValue(store: LmdbStore, bytes: Buffer, contentTypeBytes: number, size: number): Buffer {
  const inline = bytes.subarray(recordHeaderBytes + contentTypeBytes);
  if (!recordIsDetached(bytes)) return inline;
  if (inline.length !== locatorBytes) throw new CommanderError('record_corrupt', 'The stored value cannot be found.');
  // A size that is damaged may ask for gigabytes.
  const last = chunkKey(inline, Math.ceil(size / chunkBytes) - 1);
  if (!store.chunks.doesExist(last)) throw new CommanderError('record_corrupt', 'The stored value is not complete.');
  const value = Buffer.allocUnsafe(size);
  let filled = 0;
  for (let index = 0; filled < size; index += 1) {
    const chunk = store.chunks.getBinaryFast(chunkKey(inline, index));
    if (chunk === undefined) throw new CommanderError('record_corrupt', 'A part of the stored value is missing.');
    const length = Math.min(chunk.length, size - filled);
    value.set(chunk.subarray(0, length), filled);
    filled += length;
  }
  return value;
}

/** Inside a transaction: writes `bytes` in the place of `previous`, with index and chunks. */
export function replaceRecord(
  store: LmdbStore,
  storageKey: string,
  bytes: Buffer,
  change: { readonly previous: Buffer | undefined; readonly value: Buffer },
): void {
  if (change.previous !== undefined) dropBeside(store, storageKey, change.previous);
  store.records.putSync(storageKey, bytes);
  indexExpiry(store, storageKey, bytes);
  if (recordIsDetached(bytes)) putChunks(store, locatorOf(bytes), change.value);
}

/** Inside a transaction: writes a record whose value stays, only its head has changed. */
export function replaceHead(store: LmdbStore, storageKey: string, bytes: Buffer, previousExpiryMs: number): void {
  unindexExpiry(store, storageKey, previousExpiryMs);
  store.records.putSync(storageKey, bytes);
  indexExpiry(store, storageKey, bytes);
}

/** Inside a transaction: removes a record with all that belongs to it. */
export function removeRecord(store: LmdbStore, storageKey: string, previous: Buffer): void {
  dropBeside(store, storageKey, previous);
  store.records.removeSync(storageKey);
}

export function expiryKey(storageKey: string, expiresAtMs: number): Buffer {
  const key = Buffer.allocUnsafe(8 + Buffer.byteLength(storageKey));
  key.writeBigUInt64BE(BigInt(expiresAtMs));
  key.write(storageKey, 8, 'utf8');
  return key;
}

function dropBeside(store: LmdbStore, storageKey: string, previous: Buffer): void {
  if (previous.length < recordHeaderBytes) return;
  // Of a damaged head an entry of the index may stay, which the sweeper takes.
  unindexExpiry(store, storageKey, recordExpiryMs(previous));
  if (!recordIsDetached(previous)) return;
  const locator = locatorOf(previous);
  const count = chunkCountOf(previous);
  for (let index = 0; index < count; index += 1) store.chunks.removeSync(chunkKey(locator, index));
}

/** Of a record whose value is detached. */
export function chunkCountOf(bytes: Buffer): number {
  return Math.ceil(bytes.readUInt32BE(32) / chunkBytes);
}

function indexExpiry(store: LmdbStore, storageKey: string, bytes: Buffer): void {
  const expiresAtMs = recordExpiryMs(bytes);
  if (expiresAtMs !== 0) store.expiry.putSync(expiryKey(storageKey, expiresAtMs), Buffer.alloc(0));
}

function unindexExpiry(store: LmdbStore, storageKey: string, expiresAtMs: number): void {
  if (expiresAtMs !== 0) store.expiry.removeSync(expiryKey(storageKey, expiresAtMs));
}

function putChunks(store: LmdbStore, locator: Buffer, value: Buffer): void {
  for (let index = 0; index * chunkBytes < value.length; index += 1) {
    const chunk = value.subarray(index * chunkBytes, (index + 1) * chunkBytes);
    store.chunks.putSync(chunkKey(locator, index), chunk);
  }
}

/** With both ends: behind a record that the library shares stands what was read before it. */
function locatorOf(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.length - locatorBytes, bytes.length);
}

export function chunkKey(locator: Buffer, index: number): Buffer {
  const key = Buffer.allocUnsafe(locatorBytes + 4);
  key.set(locator);
  key.writeUInt32BE(index, locatorBytes);
  return key;
}
