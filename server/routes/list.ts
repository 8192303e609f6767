/** The keys of one collection, in bytewise order, page by page. */

import type { FastifyInstance } from 'fastify';
import type { ListItem, ListPage, ListRequest } from '../backends/backend.ts';
import { CollectionParams, type CollectionPath, checkCollection, checkKeyBytes } from '../http/address.ts';
import { chargeAnswer, uncountedBytes } from '../http/charges.ts';
import { newReadCall, type ServerContext } from '../http/context.ts';
import { scopeOf, startOf, writeCursor } from '../http/cursor.ts';
import { parseFilter } from '../http/filter.ts';
import { listFiltered } from '../http/filtered-page.ts';
import { answers, jsonContent, recordErrors } from '../http/openapi.ts';
import { PageText } from '../http/page-text.ts';
import { createQueryParser } from '../http/query.ts';
import { recordMembers, renderRecord } from '../http/render-record.ts';
import { Type } from '../http/schema.ts';
import { writeAnswer } from '../http/write-answer.ts';

export const maxListItems = 1000;
export const defaultListItems = 100;

const ListQuery = Type.Object({
  prefix: Type.Optional(Type.String({ minLength: 1, description: 'Only keys that begin with it' })),
  after: Type.Optional(Type.String({ minLength: 1, description: 'Only keys bytewise after it' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: maxListItems, default: defaultListItems, description: 'Items of a page' }),
  ),
  cursor: Type.Optional(Type.String({ minLength: 1, description: 'From the page before; not with `after`' })),
  filter: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Only records whose JSON value passes: a JSON object, `{path: {operator: operand}}`',
      'x-error-code': 'invalid_filter',
    }),
  ),
  values: Type.Optional(Type.Boolean({ description: 'With the values; only `true`. Such a page ends after 4 MB' })),
});

const ListedItem = Type.Object({ key: Type.String({ description: 'The key, as text' }), ...recordMembers });
const Damaged = Type.Object({
  key: Type.String({ description: 'The key, as text' }),
  error: Type.Literal('record_corrupt', { description: 'The stored record fails its checksum' }),
});
const Page = Type.Object({
  items: Type.Array(Type.Union([ListedItem, Damaged])),
  cursor: Type.Optional(Type.String({ description: 'There is more; a page without it is the last' })),
});

const listQuery = createQueryParser(ListQuery);
const headLines = 'content-type: application/json; charset=utf-8\r\ncache-control: no-cache\r\n';

export function registerList(app: FastifyInstance, context: ServerContext): void {
  app.get<{ Params: CollectionPath; Querystring: string }>(
    '/api/v1/kv/:namespace/:collection',
    {
      config: {
        access: { role: 'read', namespaceParam: 'namespace' },
        doc: {
          operationId: 'listKeys',
          tags: ['Collections'],
          summary: 'List the keys of a collection',
          params: CollectionParams,
          querystring: ListQuery,
          ...answers({ 200: { description: 'A page of keys', content: jsonContent(Page) } }, [
            'invalid_name',
            'invalid_query',
            'invalid_cursor',
            'invalid_filter',
            ...recordErrors,
          ]),
        },
      },
    },
    async (request, reply) => {
      checkCollection(request.params);
      const { namespace, collection } = request.params;
      const { prefix = '', limit = defaultListItems, values = false, ...query } = listQuery(request.query);
      checkKeyBytes('prefix', prefix);
      const filter = query.filter === undefined ? undefined : parseFilter(query.filter);
      const scope = scopeOf([namespace, collection, prefix, ...(filter === undefined ? [] : [filter.canonical])]);
      const after = startOf(query, scope);
      if (after !== undefined) checkKeyBytes('after', after);
      const wanted = { namespace, collection, prefix, after, limit, withValues: values };
      const body =
        filter === undefined
          ? await readPage(context, wanted, scope)
          : renderPage(await listFiltered(context.backend, { ...wanted, filter }, () => newReadCall(context)), scope);
      if (body.length > uncountedBytes) chargeAnswer(context.pressure, reply.raw, body.length);
      return writeAnswer(reply, 200, headLines, { bytes: body.length, content: body, close: context.shutdown.begun });
    },
  );
}

/** Text where it has ASCII alone. */
async function readPage(context: ServerContext, wanted: ListRequest, scope: Buffer): Promise<string | Buffer> {
  const { backend } = context;
  if (wanted.withValues) return renderPage(await backend.list(wanted, newReadCall(context)), scope);
  const text = new PageText();
  const page = await backend.list({ ...wanted, sink: text }, newReadCall(context));
  // An engine whose records are not bytes gives items all the same.
  return text.isEmpty ? renderPage(page, scope) : text.finish(cursorOf(page, scope));
}

function renderPage(page: ListPage, scope: Buffer): Buffer {
  const cursor = cursorOf(page, scope);
  const end = cursor === undefined ? '' : `,"cursor":${JSON.stringify(cursor)}`;
  return Buffer.from(`{"items":[${page.items.map(renderItem).join(',')}]${end}}`);
}

function cursorOf({ examinedTo }: ListPage, scope: Buffer): string | undefined {
  return examinedTo === undefined ? undefined : writeCursor(examinedTo, scope);
}

function renderItem(item: ListItem): string {
  const first = `{"key":${JSON.stringify(item.key)}`;
  return 'damaged' in item ? `${first},"error":"record_corrupt"}` : renderRecord(first, item, item.value);
}
