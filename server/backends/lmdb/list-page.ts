import { decodeHead, hasWholeHead, joinRecord, recordExpiryMs } from '../../record.ts';
import type { Call, ListedRecord, ListItem, ListPage, ListRequest } from '../backend.ts';
import { isLive } from '../is-live.ts';
import { maxExaminedPerPage, maxListValueBytes } from '../limits.ts';
import { readListItem } from '../list-item.ts';
import type { PageSink } from '../page-sink.ts';
import type { ScannedRecord } from './scanned-records.ts';
import { type LmdbStore, readRecord, readValue } from './store.ts';

type State = 'live' | 'expired' | 'damaged';

/** Takes what is not expired; returns the bytes of the values read. `key` is undefined where nobody needs it as text. */
type Take = (scanned: ScannedRecord, state: State, key: string | undefined) => number;

/** One page, read in one snapshot without giving up the event loop. */
export function listPage(store: LmdbStore, request: ListRequest, call: Call): ListPage {
  const { sink, limit } = request;
  const collection = `${request.namespace}/${request.collection}/`;
  const prefix = Buffer.from(request.prefix);
  const items: ListItem[] = [];
  const take = sink === undefined ? takeItems(store, request, items) : takeInto(sink);
  let taken = 0;
  let examined = 0;
  let valueBytes = 0;
  let examinedTo: string | undefined;
  for (const { value: scanned } of rangeOf(store, request, collection)) {
    // Names have ASCII alone: as many bytes as characters.
    scanned.keyFrom += collection.length;
    if (!beginsWith(scanned, prefix)) break;
    if (examinedTo !== undefined) return { items, examinedTo };
    const key = sink === undefined ? keyOf(scanned) : undefined;
    const state = stateOf(scanned.record, call);
    if (state !== 'expired') {
      valueBytes += take(scanned, state, key);
      taken += 1;
    }
    examined += 1;
    const full = taken === limit || valueBytes > maxListValueBytes || examined === maxExaminedPerPage;
    if (full) examinedTo = key ?? keyOf(scanned);
  }
  return { items, examinedTo: undefined };
}

function takeInto(sink: PageSink): Take {
  return (scanned, state) => {
    if (state === 'live') sink.add(scanned);
    else sink.addDamaged(scanned);
    return 0;
  };
}

/** Reading a value writes over what was scanned, so that is read first. */
function takeItems(store: LmdbStore, request: ListRequest, items: ListItem[]): Take {
  return (scanned, state, key = keyOf(scanned)) => {
    const item: ListItem = state === 'live' ? readItem(store, request, scanned, key) : { key, damaged: true };
    items.push(item);
    return 'damaged' in item ? 0 : (item.value?.length ?? 0);
  };
}

function readItem(store: LmdbStore, request: ListRequest, { record }: ScannedRecord, key: string): ListItem {
  if (request.withValues) return readListItem(key, () => readWhole(store, request, key));
  const { revision, contentType, size, expiresAtMs } = decodeHead(record);
  return { key, revision, contentType, size, expiresAtMs, value: undefined };
}

function stateOf(record: Buffer, call: Call): State {
  if (!hasWholeHead(record)) return 'damaged';
  return isLive(recordExpiryMs(record), call) ? 'live' : 'expired';
}

function keyOf({ keyBytes, keyFrom, keyTo }: ScannedRecord): string {
  return keyBytes.toString('utf8', keyFrom, keyTo);
}

function beginsWith({ keyBytes, keyFrom, keyTo }: ScannedRecord, prefix: Buffer): boolean {
  if (keyTo - keyFrom < prefix.length) return false;
  for (let at = 0; at < prefix.length; at += 1) if (keyBytes[keyFrom + at] !== prefix[at]) return false;
  return true;
}

/** From where the page begins to the end of the collection. */
function rangeOf(store: LmdbStore, request: ListRequest, collection: string): ReturnType<typeof store.scanned.range> {
  const { after, prefix } = request;
  // '0' follows '/': no key of the collection is beyond it.
  const end = `${collection.slice(0, -1)}0`;
  return after !== undefined && isLater(after, prefix)
    ? store.scanned.range({ start: collection + after, exclusive: true }, end)
    : store.scanned.range({ start: collection + prefix, exclusive: false }, end);
}

/** The record that the range has just shown: both are of one snapshot. */
function readWhole(store: LmdbStore, { namespace, collection }: ListRequest, key: string): ListedRecord {
  const bytes = readRecord(store, `${namespace}/${collection}/${key}`) ?? Buffer.alloc(0);
  const head = decodeHead(bytes);
  const value = readValue(store, bytes, head.contentType.length, head.size);
  return { ...joinRecord(key, bytes, head, value), key };
}

/** Whether the first page after `after` starts there, not at the prefix: bytewise order. */
function isLater(after: string, prefix: string): boolean {
  return prefix === '' || Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0;
}
