import { hasSoundHead, recordExpiryMs, recordIsDetached } from '../../record.ts';
import type { Backend, Call, RemovalStep } from '../backend.ts';
import { isLive } from '../is-live.ts';
import type { RunWrite } from './batch.ts';
import type { SpaceGuard } from './free-space.ts';
import { chunkCountOf, type LmdbStore, readRecord, removeRecord } from './store.ts';

/** Of records and chunks together. A step holds the event loop while it removes them: 1 to 2 ms. */
const maxRemovedPerStep = 500;

export interface RemovalSeams {
  readonly store: LmdbStore;
  readonly write: RunWrite;
  readonly space: Pick<SpaceGuard, 'removableAtOnce'>;
}

export function createRemoval({ store, write, space }: RemovalSeams): Pick<Backend, 'deletePrefix' | 'drop'> {
  const remove = (call: Call, start: string): Promise<RemovalStep> => {
    const removes = space.removableAtOnce(maxRemovedPerStep);
    return write(call, { removes }, () => removeStep(store, start, { call, most: removes }));
  };
  return {
    deletePrefix: ({ namespace, collection, prefix }, call) => remove(call, `${namespace}/${collection}/${prefix}`),
    drop: ({ namespace, collection }, call) => {
      const start = collection === undefined ? `${namespace}/` : `${namespace}/${collection}/`;
      return remove(call, start);
    },
  };
}

interface StepOptions {
  readonly call: Call;
  /** Records and chunks together. */
  readonly most: number;
}

/** Inside a transaction: removes the first records whose storage key begins with `start`. */
function removeStep(store: LmdbStore, start: string, { call, most }: StepOptions): RemovalStep {
  const { chosen, done } = choose(store, start, most);
  let deleted = 0;
  for (const { storageKey, bytes } of chosen) {
    if (isLive(hasSoundHead(bytes) ? recordExpiryMs(bytes) : 0, call)) deleted += 1;
    removeRecord(store, storageKey, bytes);
  }
  return { deleted, done };
}

interface Doomed {
  readonly storageKey: string;
  readonly bytes: Buffer;
}

function choose(
  store: LmdbStore,
  start: string,
  most: number,
): { readonly chosen: readonly Doomed[]; readonly done: boolean } {
  const chosen: Doomed[] = [];
  let cost = 0;
  for (const storageKey of store.records.getKeys({ start })) {
    if (!storageKey.startsWith(start)) return { chosen, done: true };
    if (cost >= most) return { chosen, done: false };
    const bytes = readRecord(store, storageKey);
    if (bytes === undefined) continue;
    chosen.push({ storageKey, bytes });
    cost += 1 + (hasSoundHead(bytes) && recordIsDetached(bytes) ? chunkCountOf(bytes) : 0);
  }
  return { chosen, done: true };
}
