import { CommanderError } from '../../../errors.ts';
import { decodeHead, joinRecord, recordHeaderBytes, recordIsDetached } from '../../../record.ts';
import { chunkCountOf, chunkKey, databaseNames, locatorBytes } from '../store.ts';
import { Damage } from './damage.ts';
import { createFinder } from './find-entry.ts';
import type { Pages } from './pages.ts';
import type { Tree } from './tree.ts';
import { type Entry, walkTree } from './walk-tree.ts';

export interface RecordCounts {
  readonly records: number;
  /** Of those the ones whose checksum does not match, or whose value is not complete: reads answer so. */
  readonly damagedRecords: number;
  readonly chunks: number;
}

const nothing: Omit<Tree, 'name'> = {
  flags: 0,
  depth: 0,
  branchPages: 0,
  leafPages: 0,
  overflowPages: 0,
  entries: 0,
  root: undefined,
};

/**
 * Walks over every database, and reads every record with its value. Throws Damage; a damaged record is counted.
 * `mayBeNew`: a first start may have ended before it made them all.
 */
export function checkRecords(
  pages: Pages,
  trees: ReadonlyMap<string, Tree>,
  { mayBeNew }: { readonly mayBeNew: boolean },
): RecordCounts {
  const treeOf = (name: string): Tree => {
    const tree = trees.get(name);
    if (tree === undefined && !mayBeNew) throw new Damage(`it has no database ${name}`);
    return tree ?? { ...nothing, name };
  };
  const [records, chunks] = [treeOf(databaseNames.records), treeOf(databaseNames.chunks)];
  treeOf(databaseNames.expiry);
  // First all that is not records, so that the chunks can be looked up.
  for (const tree of trees.values()) if (tree !== records) walkTree(pages, tree, () => undefined, Buffer.compare);
  const findChunk = createFinder(pages, chunks);
  let damagedRecords = 0;
  const visit = ({ key, value }: Entry): void => {
    if (!isSound(key.toString('utf8'), value(), findChunk)) damagedRecords += 1;
  };
  walkTree(pages, records, visit, Buffer.compare);
  return { records: records.entries, damagedRecords, chunks: chunks.entries };
}

function isSound(storageKey: string, bytes: Buffer, findChunk: (key: Buffer) => Buffer | undefined): boolean {
  const afterNamespace = storageKey.indexOf('/') + 1;
  const key = storageKey.slice(storageKey.indexOf('/', afterNamespace) + 1);
  try {
    const head = decodeHead(bytes);
    const inline = bytes.subarray(recordHeaderBytes + head.contentType.length);
    const value = recordIsDetached(bytes) ? joinChunks(bytes, inline, findChunk) : inline;
    if (value === undefined) return false;
    joinRecord(key, bytes, head, value);
    return true;
  } catch (error) {
    if (error instanceof CommanderError) return false;
    throw error;
  }
}

/** Undefined when one is missing: a size that is damaged ends at the first that is not there. */
function joinChunks(
  bytes: Buffer,
  locator: Buffer,
  findChunk: (key: Buffer) => Buffer | undefined,
): Buffer | undefined {
  if (locator.length !== locatorBytes) return undefined;
  const parts: Buffer[] = [];
  for (let index = 0; index < chunkCountOf(bytes); index += 1) {
    const chunk = findChunk(chunkKey(locator, index));
    if (chunk === undefined) return undefined;
    // What stands in a page is overwritten by the next look.
    parts.push(Buffer.from(chunk));
  }
  return Buffer.concat(parts);
}
