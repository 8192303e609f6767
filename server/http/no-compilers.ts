import type { FastifyServerOptions } from 'fastify';

/**
 * Stands in for the framework's compilers of schemas, which are then not even loaded: routes read their requests by
 * themselves and answer text.
 */
export const noCompilers = {
  compilersFactory: { buildValidator: () => () => () => true, buildSerializer: () => () => JSON.stringify },
} as unknown as NonNullable<FastifyServerOptions['schemaController']>;
