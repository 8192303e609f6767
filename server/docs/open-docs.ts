/** Swagger UI for --docs: loaded only where the option is on. */

import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { ConfigurationError } from '../configuration-error.ts';
import { registerDocs } from '../routes/docs.ts';
import { swaggerUiFiles } from './swagger-ui-files.ts';

/** Resolves with what adds the routes; rejects with ConfigurationError where the files of Swagger UI are not there. */
export async function openDocs(folder = findFolder()): Promise<(app: FastifyInstance) => void> {
  try {
    await Promise.all(swaggerUiFiles.map((file) => access(join(folder, file))));
  } catch (cause) {
    throw new ConfigurationError(
      '--docs needs the files of Swagger UI, which this build leaves out. Start the server without --docs; ' +
        'GET /openapi.json describes the API too.',
      { cause },
    );
  }
  return (app) => registerDocs(app, folder);
}

/** What the bundler sets, and a clone does not: server/version.ts. */
declare const COMMANDER_BUILD: object | undefined;

/** In a clone as npm installed them; the bundle has copies beside its entry, one folder above this chunk. */
function findFolder(): string {
  if (typeof COMMANDER_BUILD !== 'undefined') return fileURLToPath(new URL('../swagger-ui', import.meta.url));
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}
