/** Which namespaces and collections hold something, in bytewise order, page by page. */

import type { FastifyInstance, FastifyReply } from 'fastify';
import type { NamesPage, NamesRequest } from '../backends/backend.ts';
import { CommanderError } from '../errors.ts';
import { checkName, isName, NamespaceParams } from '../http/address.ts';
import { newCall, type ServerContext } from '../http/context.ts';
import { scopeOf, startOf, writeCursor } from '../http/cursor.ts';
import { answers, jsonContent, type RouteDoc } from '../http/openapi.ts';
import { checkAccess, principalOf } from '../http/principal.ts';
import { createQueryParser } from '../http/query.ts';
import { Type } from '../http/schema.ts';
import { defaultListItems, maxListItems } from './list.ts';

const NamesQuery = Type.Object({
  after: Type.Optional(Type.String({ minLength: 1, description: 'Only names bytewise after this one' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: maxListItems, default: defaultListItems, description: 'Items of a page' }),
  ),
  cursor: Type.Optional(Type.String({ minLength: 1, description: 'From the page before; not with `after`' })),
});
const Page = Type.Object({
  items: Type.Array(Type.Object({ name: Type.String({ description: 'Its name' }) })),
  cursor: Type.Optional(Type.String({ description: 'There is more; a page without it is the last' })),
});

const namesQuery = createQueryParser(NamesQuery);

function namesDoc(what: string): Pick<RouteDoc, 'querystring' | 'response' | 'x-error-codes'> {
  return {
    querystring: NamesQuery,
    ...answers({ 200: { description: `A page of ${what}`, content: jsonContent(Page) } }, [
      'invalid_name',
      'invalid_query',
      'invalid_cursor',
      'access_denied',
      'store_unavailable',
    ]),
  };
}

export function registerNames(app: FastifyInstance, context: ServerContext): void {
  const { backend } = context;

  app.get<{ Querystring: string }>(
    '/api/v1/namespaces',
    {
      config: {
        access: { role: 'read', reach: 'own' },
        doc: {
          operationId: 'listNamespaces',
          tags: ['Namespaces'],
          summary: 'List the namespaces',
          ...namesDoc('namespaces'),
        },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { page, scope } = readPage(request.query, ['namespaces']);
      // A limited principal is not even told, by a cursor, which namespaces others have.
      if (principal.namespaces !== undefined) {
        return send(reply, await ownNamespaces(context, principal.namespaces, page), scope);
      }
      checkAccess(principal, 'read', undefined);
      return send(reply, await backend.namespaces(page, newCall(context, 0)), scope);
    },
  );

  app.get<{ Params: { readonly namespace: string }; Querystring: string }>(
    '/api/v1/namespaces/:namespace/collections',
    {
      config: {
        access: { role: 'read', namespaceParam: 'namespace' },
        doc: {
          operationId: 'listCollections',
          tags: ['Namespaces'],
          summary: 'List the collections of a namespace',
          params: NamespaceParams,
          ...namesDoc('collections'),
        },
      },
    },
    async (request, reply) => {
      const { namespace } = request.params;
      checkName('namespace', namespace);
      const { page, scope } = readPage(request.query, ['collections', namespace]);
      return send(reply, await backend.collections(namespace, page, newCall(context, 0)), scope);
    },
  );
}

function readPage(query: string, parts: readonly string[]): { readonly page: NamesRequest; readonly scope: Buffer } {
  const { limit = defaultListItems, ...start } = namesQuery(query);
  const scope = scopeOf(parts);
  const after = startOf(start, scope);
  if (after === undefined || isName(after)) return { page: { after, limit }, scope };
  if (start.cursor === undefined)
    throw new CommanderError('invalid_query', 'after is the name behind which the page begins.');
  throw new CommanderError('invalid_cursor', 'This is not a cursor of this server.');
}

function send(reply: FastifyReply, { names, examinedTo }: NamesPage, scope: Buffer): FastifyReply {
  const cursor = examinedTo === undefined ? undefined : writeCursor(examinedTo, scope);
  return reply.header('cache-control', 'no-cache').send({ items: names.map((name) => ({ name })), cursor });
}

/** Of the namespaces that a principal is limited to, those that hold a record. */
async function ownNamespaces(
  context: ServerContext,
  allowed: readonly string[],
  { after, limit }: NamesRequest,
): Promise<NamesPage> {
  const rest = [...new Set(allowed)].sort().filter((name) => after === undefined || name > after);
  const names: string[] = [];
  for (const [index, name] of rest.entries()) {
    if (await holdsRecord(context, name)) names.push(name);
    if (names.length === limit && index < rest.length - 1) return { names, examinedTo: name };
  }
  return { names, examinedTo: undefined };
}

async function holdsRecord(context: ServerContext, namespace: string): Promise<boolean> {
  let after: string | undefined;
  do {
    const page = await context.backend.collections(namespace, { after, limit: 1 }, newCall(context, 0));
    if (page.names.length > 0) return true;
    after = page.examinedTo;
  } while (after !== undefined);
  return false;
}
