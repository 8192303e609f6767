import type { Filter } from 'mongodb';
import type { Call, ListedRecord, ListItem, ListPage, ListRequest } from '../backend.ts';
import { maxExaminedPerPage, maxListValueBytes } from '../limits.ts';
import { readListItem } from '../list-item.ts';
import type { Deployment } from './deployment.ts';
import { type HeadDocument, idOf, isLiveDocument, type RecordDocument, readHead, readRecord } from './documents.ts';

const what = 'The listing';
/** Heads asked for at once, so that a stretch of expired records does not take a round trip each. */
const minBatch = 100;

interface Scanned {
  readonly key: string;
  readonly document: HeadDocument;
}

/**
 * One page: the heads in order, then, where values are wanted, those of the chosen keys. The two steps keep the store
 * from sending values that the page's bound would discard. What was deleted in between is left out.
 */
export async function listPage(deployment: Deployment, request: ListRequest, call: Call): Promise<ListPage> {
  const heads = await readHeads(deployment, request, call);
  const sound = heads.items.filter((item) => !('damaged' in item));
  if (!request.withValues || sound.length === 0) return heads;
  const keysById = new Map(sound.map(({ key }) => [idOf({ ...request, key }), key]));
  const documents = await deployment.run(call, what, (records, bounds) =>
    records.find({ _id: { $in: [...keysById.keys()] } }, bounds).toArray(),
  );
  const items = new Map<string, ListItem>();
  for (const document of documents) {
    const key = keysById.get(document._id);
    if (key === undefined) continue;
    const item = readListItem<ListedRecord | undefined>(key, () =>
      isLiveDocument(document, call) ? { ...readRecord(key, document), key } : undefined,
    );
    if (item !== undefined) items.set(key, item);
  }
  const found = heads.items.flatMap((item) => ('damaged' in item ? item : (items.get(item.key) ?? [])));
  return { items: found, examinedTo: heads.examinedTo };
}

async function readHeads(deployment: Deployment, request: ListRequest, call: Call): Promise<ListPage> {
  const items: ListItem[] = [];
  let examined = 0;
  let examinedTo: string | undefined;
  let valueBytes = 0;
  for await (const { key, document } of scan(deployment, request, call)) {
    const full = items.length === request.limit || valueBytes > maxListValueBytes;
    if (full || examined === maxExaminedPerPage) return { items, examinedTo };
    examined += 1;
    examinedTo = key;
    const item = readListItem<ListedRecord | undefined>(key, () =>
      isLiveDocument(document, call) ? { ...readHead(document), key, value: undefined } : undefined,
    );
    if (item === undefined) continue;
    items.push(item);
    valueBytes += request.withValues && !('damaged' in item) ? item.size : 0;
  }
  return { items, examinedTo: undefined };
}

/** The documents of the listing in order, live or expired, without their values. */
async function* scan(deployment: Deployment, request: ListRequest, call: Call): AsyncGenerator<Scanned> {
  const collection = idOf({ ...request, key: '' });
  const batch = Math.max(request.limit, minBatch) + 1;
  let range = firstRange(request, collection);
  for (;;) {
    const documents = await deployment.run(call, what, (records, bounds) =>
      records
        .find(range, { ...bounds, projection: { value: 0 } })
        .sort({ _id: 1 })
        .limit(batch)
        .toArray(),
    );
    for (const document of documents) {
      const key = document._id.slice(collection.length);
      if (!key.startsWith(request.prefix)) return;
      yield { key, document };
    }
    const last = documents.at(-1);
    if (last === undefined || documents.length < batch) return;
    range = idRange('$gt', last._id, collection);
  }
}

function firstRange(request: ListRequest, collection: string): Filter<RecordDocument> {
  const { prefix, after } = request;
  const resumes = after !== undefined && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0;
  return resumes ? idRange('$gt', collection + after, collection) : idRange('$gte', collection + prefix, collection);
}

/** '0' follows '/': no key of the collection is beyond it. Keys with a common prefix are neighbours. */
function idRange(from: '$gt' | '$gte', start: string, collection: string): Filter<RecordDocument> {
  return { _id: { [from]: start, $lt: `${collection.slice(0, -1)}0` } };
}
