import { decodeHead, recordChecksumOf, recordExpiryMs, withCheckedValue } from '../../record.ts';
import type { Call, ListItem, ListPage, ListRequest } from '../backend.ts';
import { maxExaminedPerPage, maxListValueBytes } from '../limits.ts';
import { hasHead, type LmdbStore, readValue } from './store.ts';

/** One page, read in one snapshot without giving up the event loop. */
export function listPage(store: LmdbStore, request: ListRequest, call: Call): ListPage {
  const collection = `${request.namespace}/${request.collection}/`;
  const afterIsLater = request.after !== undefined && isLater(request.after, request.prefix);
  const range = store.records.getRange({
    start: collection + (afterIsLater ? request.after : request.prefix),
    // '0' follows '/': no key of the collection is beyond it.
    end: `${collection.slice(0, -1)}0`,
    exclusiveStart: afterIsLater,
  } as Parameters<typeof store.records.getRange>[0]);
  const items: ListItem[] = [];
  let examined = 0;
  let examinedTo: string | undefined;
  let valueBytes = 0;
  for (const { key: storageKey, value: bytes } of range) {
    const key = storageKey.slice(collection.length);
    if (!key.startsWith(request.prefix)) return { items, examinedTo: undefined };
    const full = items.length === request.limit || valueBytes > maxListValueBytes;
    if (full || examined === maxExaminedPerPage) return { items, examinedTo };
    examined += 1;
    examinedTo = key;
    const expiresAtMs = hasHead(bytes) ? recordExpiryMs(bytes) : 0;
    if (expiresAtMs !== 0 && expiresAtMs <= call.nowMs) continue;
    const item = readItem(store, key, bytes, request.withValues);
    valueBytes += item.value?.length ?? 0;
    items.push(item);
  }
  return { items, examinedTo: undefined };
}

function readItem(store: LmdbStore, key: string, bytes: Buffer, withValues: boolean): ListItem {
  const head = decodeHead(bytes);
  if (!withValues) return { ...head, key, value: undefined };
  const value = readValue(store, bytes, head.contentType.length, head.size);
  return { ...withCheckedValue(key, head, recordChecksumOf(bytes), value), key };
}

/** Whether the first page after `after` starts there, not at the prefix: bytewise order. */
function isLater(after: string, prefix: string): boolean {
  return Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0;
}
