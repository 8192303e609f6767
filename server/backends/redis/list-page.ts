import { decodeHead, decodeRecord } from '../../record.ts';
import type { Call, ListItem, ListPage, ListRequest } from '../backend.ts';
import { maxExaminedPerPage, maxListValueBytes } from '../limits.ts';
import { readListItem } from '../list-item.ts';
import { tellExpired } from './script-calls.ts';

/** What the list script takes after the keys. One page is one round trip, and so one step of Redis. */
export function listArguments(request: ListRequest, call: Call): readonly (string | number | Buffer)[] {
  const { prefix, limit, withValues } = request;
  const range = [lexicalMinimum(request), lexicalMaximum(prefix)];
  return [...range, call.nowMs, limit, withValues ? '1' : '0', maxListValueBytes, maxExaminedPerPage];
}

export function readListPage(reply: unknown, withValues: boolean, call: Call): ListPage {
  tellExpired(reply, 2, call);
  const [examinedTo, pairs] = reply as readonly [Buffer | null, readonly Buffer[]];
  const items: ListItem[] = [];
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    items.push(readItem(pairs[at] as Buffer, pairs[at + 1] as Buffer, withValues));
  }
  return { items, examinedTo: examinedTo?.toString() };
}

function readItem(keyBytes: Buffer, bytes: Buffer, withValues: boolean): ListItem {
  const key = keyBytes.toString();
  return readListItem(key, () =>
    withValues ? { ...decodeRecord(key, bytes), key } : { ...decodeHead(bytes), key, value: undefined },
  );
}

/** ZRANGEBYLEX compares bytes: `[` includes its bound, `(` excludes it. */
function lexicalMinimum(request: ListRequest): string {
  const { prefix, after } = request;
  const resumes = after !== undefined && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0;
  if (resumes) return `(${after}`;
  return prefix === '' ? '-' : `[${prefix}`;
}

/** The prefix with its last byte one higher: no byte of UTF-8 is 0xff. */
export function lexicalMaximum(prefix: string): string | Buffer {
  if (prefix === '') return '+';
  const bound = Buffer.from(`(${prefix}`);
  bound.writeUInt8(bound.readUInt8(bound.length - 1) + 1, bound.length - 1);
  return bound;
}
