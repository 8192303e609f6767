/** GET /openapi.json: drawn from the schemas beside the handlers, when it is first asked for. */

import type { FastifyInstance, RouteOptions } from 'fastify';
import { errorCatalogue } from '../errors.ts';
import { noCompilers } from '../http/no-compilers.ts';
import { answers, jsonContent, ProblemSchema, tags } from '../http/openapi.ts';
import { createQueryParser } from '../http/query.ts';
import { Type } from '../http/schema.ts';

const NoQuery = Type.Object({});
const noQuery = createQueryParser(NoQuery);

export function registerOpenapi(app: FastifyInstance, version: string): void {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    routes.push(route);
  });
  let document: Promise<string> | undefined;

  app.get<{ Querystring: string }>(
    '/openapi.json',
    {
      config: {
        access: { role: 'read', reach: 'own' },
        doc: {
          operationId: 'getOpenapi',
          tags: ['Server'],
          summary: 'Get the OpenAPI document',
          querystring: NoQuery,
          ...answers(
            {
              200: {
                description: 'This API as an OpenAPI 3.1 document',
                content: jsonContent(Type.Object({}, { additionalProperties: true })),
              },
            },
            ['invalid_query'],
          ),
        },
      },
    },
    async (request, reply) => {
      noQuery(request.query);
      document ??= renderOpenapi(routes, version);
      return reply.header('content-type', 'application/json; charset=utf-8').send(await document);
    },
  );
}

/** The generator is loaded here, not at start: a device that never asks for the document does not pay for it. */
async function renderOpenapi(routes: readonly RouteOptions[], version: string): Promise<string> {
  const [{ default: fastify }, { default: swagger }] = await Promise.all([
    import('fastify'),
    import('@fastify/swagger'),
  ]);
  const scratch = fastify({ exposeHeadRoutes: false, schemaController: noCompilers });
  scratch.addSchema(ProblemSchema);
  await scratch.register(swagger, {
    exposeHeadRoutes: true,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Commander',
        version,
        description: 'A key-value service for edge devices: one HTTP API over embedded LMDB, Redis and MongoDB.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      tags: tagsOf(routes),
      components: {
        securitySchemes: {
          basic: { type: 'http', scheme: 'basic', description: 'Name and password of a credential' },
          bearer: { type: 'http', scheme: 'bearer', description: 'A token: name of the credential, a dot, its secret' },
        },
      },
      // The empty one: a server without credentials asks for none.
      security: [{ basic: [] }, { bearer: [] }, {}],
    },
    refResolver: { buildLocalReference: (schema) => String(schema.$id) },
  });
  for (const { method, url, config } of routes) {
    scratch.route({ method, url, schema: schemaOf(config), handler: async () => undefined });
  }
  await scratch.ready();
  const { paths, ...rest } = scratch.swagger() as unknown as Document;
  await scratch.close();
  const optional = new Set(
    routes.filter(({ config }) => config?.doc?.body?.required === false).map(({ config }) => config?.doc?.operationId),
  );
  return JSON.stringify({ ...rest, paths: withOptionalBodies(paths, optional), 'x-error-catalogue': errorCatalogue });
}

/** Those that a route has: some are there under an option alone. */
function tagsOf(routes: readonly RouteOptions[]): { readonly name: string; readonly description: string }[] {
  const used = new Set<string | undefined>(routes.map(({ config }) => config?.doc?.tags[0]));
  return Object.entries(tags)
    .filter(([name]) => used.has(name))
    .map(([name, description]) => ({ name, description }));
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly operationId: string;
  readonly requestBody?: object;
}

/** The generator calls every body required. */
function withOptionalBodies(paths: Document['paths'], optional: ReadonlySet<string | undefined>): Document['paths'] {
  const mark = (operation: Operation): Operation =>
    optional.has(operation.operationId)
      ? { ...operation, requestBody: { ...operation.requestBody, required: false } }
      : operation;
  return mapValues(paths, (operations) => mapValues(operations, mark));
}

function mapValues<V, W>(record: Readonly<Record<string, V>>, map: (value: V) => W): Readonly<Record<string, W>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

function schemaOf(config: RouteOptions['config']): object {
  return { ...config?.doc, ...(config?.access === 'open' ? { security: [] } : {}) };
}
