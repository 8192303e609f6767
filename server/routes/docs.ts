/** GET /docs: Swagger UI over the server's own OpenAPI document. Only under --docs; for people, so not in the document. */

import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { docsPage, docsPolicy, startScript } from '../docs/page.ts';
import { swaggerUiFiles } from '../docs/swagger-ui-files.ts';
import { createQueryParser } from '../http/query.ts';
import { Type } from '../http/schema.ts';

const noQuery = createQueryParser(Type.Object({}));

/** `folder` holds the files of Swagger UI. To be called before the routes of the document: it leaves these out. */
export function registerDocs(app: FastifyInstance, folder: string): void {
  const add = (path: string, mediaType: string, open: () => string | ReturnType<typeof createReadStream>): void => {
    app.get<{ Querystring: string }>(path, { config: { access: { role: 'read', reach: 'own' } } }, (request, reply) => {
      noQuery(request.query);
      return withPolicy(reply).header('content-type', mediaType).send(open());
    });
  };
  add('/docs', 'text/html; charset=utf-8', () => docsPage);
  add('/docs/start.js', 'text/javascript; charset=utf-8', () => startScript);
  for (const file of swaggerUiFiles) {
    const mediaType = file.endsWith('.css') ? 'text/css' : 'text/javascript';
    add(`/docs/${file}`, `${mediaType}; charset=utf-8`, () => createReadStream(join(folder, file)));
  }
}

function withPolicy(reply: FastifyReply): FastifyReply {
  return reply.headers({
    'content-security-policy': docsPolicy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  });
}
