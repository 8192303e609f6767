/** GET /openapi.json: drawn from the schemas beside the handlers, when it is first asked for. */

import type { FastifyInstance, RouteOptions } from 'fastify';
import { Type } from 'typebox';
import { errorCatalogue } from '../errors.ts';
import { answers, jsonContent, ProblemSchema } from '../http/openapi.ts';
import { createQueryParser } from '../http/query.ts';

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
        doc: {
          operationId: 'getOpenapi',
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
  const scratch = fastify({ exposeHeadRoutes: false });
  scratch.setValidatorCompiler(() => () => true);
  scratch.setSerializerCompiler(() => JSON.stringify);
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
      security: [],
    },
    refResolver: { buildLocalReference: (schema) => String(schema.$id) },
  });
  for (const { method, url, config } of routes) {
    scratch.route({ method, url, schema: config?.doc ?? {}, handler: async () => undefined });
  }
  await scratch.ready();
  const text = JSON.stringify({ ...scratch.swagger(), 'x-error-catalogue': errorCatalogue });
  await scratch.close();
  return text;
}
