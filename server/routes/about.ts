/** What the server says of itself: version, capabilities, health. */

import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { CommanderError } from '../errors.ts';
import { maxKeyBytes } from '../http/address.ts';
import { newCall, type ServerContext } from '../http/context.ts';
import { maxTtlMs } from '../http/expiry.ts';
import { answers, jsonContent, storeErrors } from '../http/openapi.ts';
import { createQueryParser } from '../http/query.ts';
import { maxListItems } from './list.ts';

const NullableString = Type.Union([Type.String(), Type.Null()]);
const Version = Type.Object({
  version: Type.String(),
  build: Type.String({ description: 'Commit the server was built from, or `source`' }),
  system: Type.Object({ node: Type.String(), platform: Type.String(), arch: Type.String() }),
  backend: Type.Object({ engine: Type.String(), engineVersion: NullableString }),
});
const Capabilities = Type.Object({
  limits: Type.Object({
    keyBytes: Type.Integer(),
    valueBytes: Type.Integer(),
    ttlMs: Type.Integer(),
    listItems: Type.Integer(),
    batchItems: Type.Integer({ description: '0: this server has no batch route' }),
  }),
  atomicBatch: Type.String({ enum: ['none', 'collection', 'store'] }),
  filter: Type.Boolean(),
  expiry: Type.Object({ precisionMs: Type.Number() }),
  durability: Type.Object({
    profile: Type.String({ enum: ['on-ack', 'prefix', 'none', 'unknown'] }),
    windowMs: Type.Union([Type.Number(), Type.Null()], { description: 'What a power loss may take, in milliseconds' }),
    probedBy: Type.String(),
  }),
  testing: Type.Object({ clock: Type.Boolean() }),
});
const Status = Type.Object({ status: Type.String() });
const NoQuery = Type.Object({});

const noQuery = createQueryParser(NoQuery);

export function registerAbout(app: FastifyInstance, context: ServerContext): void {
  const { backend } = context;

  app.get<{ Querystring: string }>(
    '/api/v1/version',
    {
      config: {
        doc: {
          operationId: 'getVersion',
          summary: 'Version of the server and its store',
          querystring: NoQuery,
          ...answers({ 200: { description: 'Versions', content: jsonContent(Version) } }, [
            'invalid_query',
            ...storeErrors,
          ]),
        },
      },
    },
    async (request) => {
      noQuery(request.query);
      const { engine, engineVersion } = await backend.capabilities(newCall(context, 0));
      return {
        version: context.version,
        build: context.build,
        system: { node: process.version, platform: process.platform, arch: process.arch },
        backend: { engine, engineVersion: engineVersion ?? null },
      };
    },
  );

  app.get<{ Querystring: string }>(
    '/api/v1/capabilities',
    {
      config: {
        doc: {
          operationId: 'getCapabilities',
          summary: 'What this server and its store can do, as probed',
          querystring: NoQuery,
          ...answers({ 200: { description: 'Capabilities', content: jsonContent(Capabilities) } }, [
            'invalid_query',
            ...storeErrors,
          ]),
        },
      },
    },
    async (request) => {
      noQuery(request.query);
      const { expiryPrecisionMs, durability, maxValueBytes } = await backend.capabilities(newCall(context, 0));
      return {
        limits: {
          keyBytes: maxKeyBytes,
          valueBytes: Math.min(context.limits.maxValueBytes, maxValueBytes),
          ttlMs: maxTtlMs,
          listItems: maxListItems,
          batchItems: 0,
        },
        atomicBatch: 'none',
        filter: false,
        expiry: { precisionMs: expiryPrecisionMs },
        durability: { ...durability, windowMs: durability.windowMs ?? null },
        testing: { clock: context.testingClock !== undefined },
      };
    },
  );

  app.get<{ Querystring: string }>(
    '/health/live',
    {
      config: {
        doc: {
          operationId: 'getLive',
          summary: 'Whether the process answers',
          querystring: NoQuery,
          ...answers({ 200: { description: 'It does', content: jsonContent(Status) } }, ['invalid_query']),
        },
      },
    },
    async (request) => {
      noQuery(request.query);
      return { status: 'live' };
    },
  );

  app.get<{ Querystring: string }>(
    '/health/ready',
    {
      config: {
        doc: {
          operationId: 'getReady',
          summary: 'Whether the store answers and requests are welcome',
          querystring: NoQuery,
          ...answers({ 200: { description: 'They are', content: jsonContent(Status) } }, [
            'invalid_query',
            ...storeErrors,
          ]),
        },
      },
    },
    async (request) => {
      noQuery(request.query);
      if (context.shutdown.begun) throw new CommanderError('shutting_down', 'The server is shutting down.');
      await backend.ping(newCall(context, 0));
      return { status: 'ready' };
    },
  );
}
