/** The keys of one collection, in bytewise order, page by page. */

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { ListItem } from '../backends/backend.ts';
import { CommanderError } from '../errors.ts';
import { CollectionParams, type CollectionPath, checkCollection, maxKeyBytes } from '../http/address.ts';
import { etagOf } from '../http/conditions.ts';
import { newReadCall, type ServerContext } from '../http/context.ts';
import { formatTimestamp } from '../http/expiry.ts';
import { answers, jsonContent, recordErrors } from '../http/openapi.ts';
import { createQueryParser } from '../http/query.ts';

export const maxListItems = 1000;
const defaultListItems = 100;

const ListQuery = Type.Object({
  prefix: Type.Optional(Type.String({ minLength: 1, description: 'Only keys that begin with it' })),
  after: Type.Optional(Type.String({ minLength: 1, description: 'Only keys bytewise after it' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: maxListItems, default: defaultListItems, description: 'Items of a page' }),
  ),
  cursor: Type.Optional(Type.String({ minLength: 1, description: 'From the page before; not with `after`' })),
  values: Type.Optional(Type.Boolean({ description: 'With the values; only `true`. Such a page ends after 4 MB' })),
});

const Item = Type.Object({
  key: Type.String({ description: 'The key, as text' }),
  etag: Type.String({ description: 'As in the ETag header, quotes included' }),
  contentType: Type.String({ description: 'The media type it was stored with' }),
  size: Type.Integer({ minimum: 0, description: 'Bytes of the value' }),
  expiresAt: Type.Optional(Type.String({ format: 'date-time', description: 'When the record expires' })),
  json: Type.Optional(Type.Unknown({ description: 'The value, when it is application/json and valid JSON' })),
  text: Type.Optional(Type.String({ description: 'Else the value, when it is valid UTF-8' })),
  base64: Type.Optional(Type.String({ description: 'Else the value in base64' })),
});
const Page = Type.Object({
  items: Type.Array(Item),
  cursor: Type.Optional(Type.String({ description: 'There is more; a page without it is the last' })),
});

const listQuery = createQueryParser(ListQuery);

export function registerList(app: FastifyInstance, context: ServerContext): void {
  app.get<{ Params: CollectionPath; Querystring: string }>(
    '/api/v1/kv/:namespace/:collection',
    {
      config: {
        doc: {
          operationId: 'listKeys',
          summary: 'List the keys of a collection',
          params: CollectionParams,
          querystring: ListQuery,
          ...answers({ 200: { description: 'A page of keys', content: jsonContent(Page) } }, [
            'invalid_name',
            'invalid_query',
            'invalid_cursor',
            ...recordErrors,
          ]),
        },
      },
    },
    async (request, reply) => {
      checkCollection(request.params);
      const { namespace, collection } = request.params;
      const { prefix = '', limit = defaultListItems, values = false, cursor, ...query } = listQuery(request.query);
      checkLength('prefix', prefix);
      const scope = scopeOf([namespace, collection, prefix]);
      const after = cursor === undefined ? query.after : readCursor(cursor, scope, query.after);
      if (after !== undefined) checkLength('after', after);
      const page = await context.backend.list(
        { namespace, collection, prefix, after, limit, withValues: values },
        newReadCall(context),
      );
      const next = page.examinedTo === undefined ? undefined : writeCursor(page.examinedTo, scope);
      return reply
        .header('content-type', 'application/json; charset=utf-8')
        .header('cache-control', 'no-cache')
        .send(renderPage(page.items, next));
    },
  );
}

const scopeBytes = 8;

/** Binds a cursor to its listing. It is no secret: it says where to go on, not what may be seen. */
function scopeOf(parts: readonly string[]): Buffer {
  return createHash('sha256').update(parts.join('\n')).digest().subarray(0, scopeBytes);
}

function writeCursor(examinedTo: string, scope: Buffer): string {
  return Buffer.concat([scope, Buffer.from(examinedTo)]).toString('base64url');
}

/** The key after which the page begins. Throws CommanderError `invalid_cursor`. */
function readCursor(cursor: string, scope: Buffer, after: string | undefined): string {
  if (after !== undefined) throw invalidCursor('A cursor says where to go on; it does not go with `after`.');
  const bytes = Buffer.from(cursor, 'base64url');
  const key = bytes.subarray(scopeBytes);
  if (bytes.toString('base64url') !== cursor || key.length === 0 || key.length > maxKeyBytes || !isUtf8(key)) {
    throw invalidCursor('This is not a cursor of this server.');
  }
  if (!bytes.subarray(0, scopeBytes).equals(scope)) {
    throw invalidCursor('The cursor belongs to another collection or prefix.');
  }
  return key.toString();
}

function invalidCursor(message: string): CommanderError {
  return new CommanderError('invalid_cursor', message);
}

function checkLength(name: string, text: string): void {
  if (Buffer.byteLength(text) > maxKeyBytes) {
    throw new CommanderError('invalid_query', `${name} has at most ${maxKeyBytes} bytes, as a key has.`);
  }
}

function renderPage(items: readonly ListItem[], cursor: string | undefined): string {
  const end = cursor === undefined ? '' : `,"cursor":${JSON.stringify(cursor)}`;
  return `{"items":[${items.map(renderItem).join(',')}]${end}}`;
}

function renderItem(item: ListItem): string {
  const head = {
    key: item.key,
    etag: etagOf(item.revision),
    contentType: item.contentType,
    size: item.size,
    ...(item.expiresAtMs === undefined ? {} : { expiresAt: formatTimestamp(item.expiresAtMs) }),
  };
  const text = JSON.stringify(head);
  return item.value === undefined ? text : `${text.slice(0, -1)},${renderValue(item.value, item.contentType)}}`;
}

/** Stored JSON is spliced in byte for byte: numbers beyond 2^53 and the order of members survive. */
function renderValue(value: Buffer, contentType: string): string {
  if (!isUtf8(value)) return `"base64":"${value.toString('base64')}"`;
  const text = value.toString();
  return isJson(text, contentType) ? `"json":${text}` : `"text":${JSON.stringify(text)}`;
}

function isJson(text: string, contentType: string): boolean {
  if (!/^application\/json[ \t]*(;|$)/i.test(contentType)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
