/** What removes many records at once: delete by prefix, and drop of a collection or a namespace. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Call, RemovalStep } from '../backends/backend.ts';
import { CommanderError } from '../errors.ts';
import {
  CollectionParams,
  type CollectionPath,
  checkCollection,
  checkKeyBytes,
  checkName,
  NamespaceParams,
} from '../http/address.ts';
import { newCall, type ServerContext } from '../http/context.ts';
import { answers, jsonContent, type RouteDoc } from '../http/openapi.ts';
import { createQueryParser } from '../http/query.ts';
import { Type } from '../http/schema.ts';
import { refuseBody, refuseConditions, refuseWriteHeaders } from '../http/write-request.ts';

const PrefixQuery = Type.Object({
  prefix: Type.String({ minLength: 1, description: 'Delete the keys that begin with it', examples: ['app'] }),
});
const DropQuery = Type.Object({
  confirm: Type.Optional(Type.String({ description: 'The name of what is dropped, once more' })),
});
const Removed = Type.Object({
  deleted: Type.Integer({ minimum: 0, description: 'Records that this request removed' }),
  done: Type.Boolean({ description: 'False: there may be more; send the request again' }),
});

const prefixQuery = createQueryParser(PrefixQuery);
const dropQuery = createQueryParser(DropQuery);

function removalDoc(errors: RouteDoc['x-error-codes']): Pick<RouteDoc, 'response' | 'x-error-codes'> {
  const removed = { description: 'How many were removed, and whether that was all', content: jsonContent(Removed) };
  return answers({ 200: removed }, [
    'invalid_name',
    'invalid_query',
    'invalid_body',
    'access_denied',
    'value_too_large',
    'unsupported_content',
    'store_unavailable',
    'store_full',
    ...errors,
  ]);
}

const prefixDoc: RouteDoc = {
  operationId: 'deleteKeys',
  tags: ['Collections'],
  summary: 'Delete the keys of a collection that begin alike',
  params: CollectionParams,
  querystring: PrefixQuery,
  ...removalDoc([]),
};
const dropCollectionDoc: RouteDoc = {
  operationId: 'dropCollection',
  tags: ['Namespaces'],
  summary: 'Drop a collection',
  params: CollectionParams,
  querystring: DropQuery,
  ...removalDoc(['confirmation_required']),
};
const dropNamespaceDoc: RouteDoc = {
  operationId: 'dropNamespace',
  tags: ['Namespaces'],
  summary: 'Drop a namespace',
  params: NamespaceParams,
  querystring: DropQuery,
  ...removalDoc(['confirmation_required']),
};

type Removal<Path> = { Params: Path; Querystring: string; Body: Buffer | undefined };

export function registerRemoval(app: FastifyInstance, context: ServerContext): void {
  const { backend } = context;

  app.delete<Removal<CollectionPath>>(
    '/api/v1/kv/:namespace/:collection',
    { config: { access: { role: 'write', namespaceParam: 'namespace' }, doc: prefixDoc } },
    async (request) => {
      checkCollection(request.params);
      const { namespace, collection } = request.params;
      const { prefix } = prefixQuery(request.query);
      checkKeyBytes('prefix', prefix);
      checkRequest(request);
      return repeat(context, (call) => backend.deletePrefix({ namespace, collection, prefix }, call));
    },
  );

  app.delete<Removal<CollectionPath>>(
    '/api/v1/namespaces/:namespace/collections/:collection',
    { config: { access: { role: 'write', namespaceParam: 'namespace' }, doc: dropCollectionDoc } },
    async (request) => {
      checkCollection(request.params);
      const { namespace, collection } = request.params;
      checkConfirmed(request.query, 'collection', collection);
      checkRequest(request);
      return repeat(context, (call) => backend.drop({ namespace, collection }, call));
    },
  );

  app.delete<Removal<{ readonly namespace: string }>>(
    '/api/v1/namespaces/:namespace',
    { config: { access: { role: 'admin', namespaceParam: 'namespace' }, doc: dropNamespaceDoc } },
    async (request) => {
      const { namespace } = request.params;
      checkName('namespace', namespace);
      checkConfirmed(request.query, 'namespace', namespace);
      checkRequest(request);
      return repeat(context, (call) => backend.drop({ namespace, collection: undefined }, call));
    },
  );
}

function checkRequest({ headers, body }: FastifyRequest<{ Body: Buffer | undefined }>): void {
  refuseWriteHeaders(headers);
  refuseConditions(headers);
  refuseBody(body);
}

function checkConfirmed(query: string, what: string, name: string): void {
  if (dropQuery(query).confirm === name) return;
  throw new CommanderError(
    'confirmation_required',
    `This removes all that the ${what} ${name} holds; send the request with ?confirm=${name} to say that it shall.`,
  );
}

/** Long enough that a client needs few requests, short enough that none is kept waiting. */
const sliceMs = 100;

/** Takes steps until all is removed or the slice of time is used up. */
async function repeat(context: ServerContext, step: (call: Call) => Promise<RemovalStep>): Promise<RemovalStep> {
  const endsAt = performance.now() + sliceMs;
  let deleted = 0;
  for (;;) {
    const taken = await step(newCall(context, 0));
    deleted += taken.deleted;
    if (taken.done || performance.now() >= endsAt) return { deleted, done: taken.done };
    // A store in this process may take every step at once: others have their turn in between.
    await nextTurn();
  }
}
