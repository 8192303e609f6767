/** What the server says of itself: version, capabilities, health. */

import type { FastifyInstance } from 'fastify';
import type { Recovery, StorageState } from '../backends/storage-state.ts';
import { CommanderError } from '../errors.ts';
import { maxKeyBytes } from '../http/address.ts';
import { maxBatchItems } from '../http/batch-body.ts';
import { newCall, type ServerContext } from '../http/context.ts';
import { maxTtlMs } from '../http/expiry.ts';
import { answers, jsonContent } from '../http/openapi.ts';
import { createQueryParser } from '../http/query.ts';
import { Type } from '../http/schema.ts';
import { warnings } from '../pressure/pressure.ts';
import { maxListItems } from './list.ts';

const Version = Type.Object({
  version: Type.String({ description: 'Of the server' }),
  build: Type.String({ description: 'What the server was built from; `source` in a clone' }),
  system: Type.Object(
    { node: Type.String(), platform: Type.String(), arch: Type.String() },
    { description: 'What the server runs on' },
  ),
  backend: Type.Object(
    { engine: Type.String(), engineVersion: Type.Union([Type.String(), Type.Null()]) },
    { description: 'The store, and its version as it tells it' },
  ),
});
const Capabilities = Type.Object({
  limits: Type.Object({
    keyBytes: Type.Integer({ description: 'Longest key' }),
    valueBytes: Type.Integer({ description: 'Largest value' }),
    ttlMs: Type.Integer({ description: 'Longest time to live' }),
    listItems: Type.Integer({ description: 'Most items of a page' }),
    batchItems: Type.Integer({ description: 'Most operations of a batch' }),
  }),
  atomicBatch: Type.String({ enum: ['none', 'collection', 'store'], description: 'How far a batch can be atomic' }),
  filter: Type.Boolean({ description: 'Whether a listing takes a filter' }),
  expiry: Type.Object({ precisionMs: Type.Number({ description: 'How exactly a record ends' }) }),
  durability: Type.Object({
    profile: Type.String({
      enum: ['on-ack', 'prefix', 'none', 'unknown'],
      description: 'on-ack: nothing acknowledged is lost; prefix: the last moments may be; none: all may be',
    }),
    windowMs: Type.Union([Type.Number(), Type.Null()], { description: 'What a power loss may take, in milliseconds' }),
    probedBy: Type.String({ description: 'How this was found out' }),
  }),
  testing: Type.Object({ clock: Type.Boolean({ description: 'Whether POST /testing/clock exists' }) }),
});
const Status = Type.Object({ status: Type.String({ description: 'One word' }) });
const Time = { format: 'date-time' } as const;
const Ready = Type.Object({
  status: Type.String({ description: 'One word' }),
  warnings: Type.Array(Type.String({ enum: [...warnings] }), {
    description:
      'low_disk: writes are 507, reads and deletes go on; low_memory: request bodies are 503; overloaded: most requests are 503',
  }),
  recovery: Type.Optional(
    Type.Object(
      {
        foundAt: Type.String({ ...Time, description: 'When the data file was found damaged' }),
        fault: Type.String({ description: 'What was wrong with it' }),
        quarantine: Type.String({ description: 'Where it is kept; the report ends when that is moved away' }),
        lostFrom: Type.Union([Type.String(Time), Type.Null()], {
          description: 'What was written from here on is lost; null: all',
        }),
        lostTo: Type.String({ ...Time, description: 'What was written from here on is there' }),
      },
      { description: 'Present when a damaged data file was replaced' },
    ),
  ),
  damagedRecords: Type.Optional(
    Type.Integer({ description: 'Records found damaged at the start, when there are any' }),
  ),
  snapshotsFailing: Type.Optional(Type.Boolean({ description: 'Present, and true, when the last snapshot failed' })),
});
const NoQuery = Type.Object({});

const noQuery = createQueryParser(NoQuery);

/** What somebody should know of; nothing on a good day. */
function renderStorage(state: StorageState | undefined): object {
  if (state === undefined) return {};
  const { recovery, damagedRecords = 0, snapshots } = state;
  return {
    ...(recovery === undefined ? {} : { recovery: renderRecovery(recovery) }),
    ...(damagedRecords === 0 ? {} : { damagedRecords }),
    ...(snapshots.failing ? { snapshotsFailing: true } : {}),
  };
}

function renderRecovery({ foundAtMs, fault, quarantine, restoredToMs }: Recovery): object {
  const foundAt = new Date(foundAtMs).toISOString();
  const lostFrom = restoredToMs === undefined ? null : new Date(restoredToMs).toISOString();
  return { foundAt, fault, quarantine, lostFrom, lostTo: foundAt };
}

export function registerAbout(app: FastifyInstance, context: ServerContext): void {
  const { backend } = context;

  app.get<{ Querystring: string }>(
    '/api/v1/version',
    {
      config: {
        access: { role: 'read', reach: 'own' },
        doc: {
          operationId: 'getVersion',
          tags: ['Server'],
          summary: 'Get the version',
          querystring: NoQuery,
          ...answers(
            { 200: { description: 'The versions of the server and its store', content: jsonContent(Version) } },
            ['invalid_query', 'store_unavailable', 'overloaded'],
          ),
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
        access: { role: 'read', reach: 'own' },
        doc: {
          operationId: 'getCapabilities',
          tags: ['Server'],
          summary: 'Get the capabilities',
          querystring: NoQuery,
          ...answers(
            {
              200: {
                description: 'What this server and its store can do, as probed',
                content: jsonContent(Capabilities),
              },
            },
            ['invalid_query', 'store_unavailable', 'overloaded'],
          ),
        },
      },
    },
    async (request) => {
      noQuery(request.query);
      const { atomicBatch, expiryPrecisionMs, durability, maxValueBytes } = await backend.capabilities(
        newCall(context, 0),
      );
      return {
        limits: {
          keyBytes: maxKeyBytes,
          valueBytes: Math.min(context.limits.maxValueBytes, maxValueBytes),
          ttlMs: maxTtlMs,
          listItems: maxListItems,
          batchItems: maxBatchItems,
        },
        atomicBatch,
        filter: true,
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
        access: 'open',
        doc: {
          operationId: 'getLive',
          tags: ['Server'],
          summary: 'Check liveness',
          querystring: NoQuery,
          ...answers({ 200: { description: 'The process answers', content: jsonContent(Status) } }, ['invalid_query']),
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
        access: 'open',
        doc: {
          operationId: 'getReady',
          tags: ['Server'],
          summary: 'Check readiness',
          querystring: NoQuery,
          ...answers(
            { 200: { description: 'The store answers and requests are welcome', content: jsonContent(Ready) } },
            ['invalid_query', 'store_unavailable', 'overloaded'],
          ),
        },
      },
    },
    async (request) => {
      noQuery(request.query);
      if (context.shutdown.begun) throw new CommanderError('shutting_down', 'The server is shutting down.');
      await backend.ping(newCall(context, 0));
      return { status: 'ready', warnings: context.pressure.warnings(), ...renderStorage(context.storage?.()) };
    },
  );
}
