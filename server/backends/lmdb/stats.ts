import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendStats } from '../backend.ts';
import type { LmdbStore } from './store.ts';

/** What lmdb tells of one database; the library types it as an object. */
interface TreeStats {
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

interface DatabaseStats extends TreeStats {
  readonly entryCount: number;
  readonly pageSize: number;
  readonly lastPageNumber: number;
  /** The unnamed database that holds the named ones, and the list of free pages. */
  readonly root: TreeStats;
  readonly free: TreeStats;
}

interface FileMeasure {
  readonly bytes: number;
  readonly freeBytes: number;
  readonly records: number;
}

const metaPages = 2;

/** Pages that a delete frees stay in the file, and the next writes use them. */
export async function readStats(store: LmdbStore, folder: string): Promise<BackendStats> {
  const { size } = await stat(join(folder, 'data.mdb'));
  const { records, freeBytes } = measureFile(store);
  return { bytes: size, freeBytes, records };
}

/** `bytes`: of the file, up to its last page in use; `freeBytes`: what of that no record holds. 13 us. */
export function measureFile(store: LmdbStore): FileMeasure {
  const records = store.records.getStats() as DatabaseStats;
  const others = [store.expiry, store.chunks].map((database) => database.getStats() as DatabaseStats);
  const used = [records, ...others, records.root, records.free].reduce((sum, tree) => sum + pagesOf(tree), metaPages);
  const free = records.lastPageNumber + 1 - used;
  return {
    records: records.entryCount,
    bytes: (records.lastPageNumber + 1) * records.pageSize,
    freeBytes: Math.max(0, free) * records.pageSize,
  };
}

function pagesOf({ treeBranchPageCount, treeLeafPageCount, overflowPages }: TreeStats): number {
  return treeBranchPageCount + treeLeafPageCount + overflowPages;
}
