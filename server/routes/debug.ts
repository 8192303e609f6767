/** Only under --debug-routes: what the process does and holds, for whoever may see everything in it. */

import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { CommanderError } from '../errors.ts';
import { answers, jsonContent } from '../http/openapi.ts';
import { createQueryParser } from '../http/query.ts';
import { Type } from '../http/schema.ts';

const maxSeconds = 60;
const defaultSeconds = 10;

const ProfileQuery = Type.Object({
  seconds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: maxSeconds, default: defaultSeconds, description: 'How long to look' }),
  ),
});
const NoQuery = Type.Object({});
const profileQuery = createQueryParser(ProfileQuery);
const noQuery = createQueryParser(NoQuery);
const anyObject = jsonContent(Type.Object({}, { additionalProperties: true }));
const adminOnly = { access: { role: 'admin', reach: 'all' } } as const;

/**
 * What a snapshot takes beside the heap in use, measured with Node 24: 4 times as much on a server at rest, 24 times on
 * a heap of nothing but small objects. Between the two, so that a device can take one at all.
 */
const snapshotFactor = 8;

export interface DebugOptions {
  /** Bytes that the process may still take. */
  readonly availableBytes?: () => number;
}

export function registerDebug(app: FastifyInstance, options: DebugOptions = {}): void {
  const { availableBytes = () => process.availableMemory() } = options;
  const profiling = createTurn('A CPU profile');
  const snapshooting = createTurn('A heap snapshot');

  app.get<{ Querystring: string }>(
    '/debug/cpu-profile',
    {
      config: {
        ...adminOnly,
        doc: {
          operationId: 'getCpuProfile',
          tags: ['Debugging'],
          summary: 'Get a CPU profile',
          querystring: ProfileQuery,
          ...answers({ 200: { description: 'A .cpuprofile of the next seconds', content: anyObject } }, [
            'invalid_query',
            'debug_busy',
          ]),
        },
      },
    },
    async (request, reply) => {
      const { seconds = defaultSeconds } = profileQuery(request.query);
      using _turn = profiling.take();
      const profile = await recordProfile(seconds * 1000, closed(reply));
      return asFile(reply, 'commander.cpuprofile').send(JSON.stringify(profile));
    },
  );

  app.get<{ Querystring: string }>(
    '/debug/heap-snapshot',
    {
      config: {
        ...adminOnly,
        doc: {
          operationId: 'getHeapSnapshot',
          tags: ['Debugging'],
          summary: 'Get a heap snapshot; the process stands still meanwhile',
          querystring: NoQuery,
          ...answers(
            { 200: { description: 'A .heapsnapshot, values and keys of clients in it', content: anyObject } },
            ['invalid_query', 'debug_busy', 'insufficient_memory'],
          ),
        },
      },
    },
    async (request, reply) => {
      noQuery(request.query);
      const turn = snapshooting.take();
      try {
        checkMemory(availableBytes());
        const snapshot = await takeSnapshot();
        snapshot.once('close', () => turn[Symbol.dispose]());
        return asFile(reply, 'commander.heapsnapshot').send(snapshot);
      } catch (error) {
        turn[Symbol.dispose]();
        throw error;
      }
    },
  );
}

/** One at a time: two profiles would measure each other. */
function createTurn(what: string): { take(): Disposable } {
  let taken = false;
  return {
    take() {
      if (taken) throw new CommanderError('debug_busy', `${what} is being taken already.`);
      taken = true;
      return {
        [Symbol.dispose]() {
          taken = false;
        },
      };
    },
  };
}

/** Ends early when `stop` aborts. The inspector is loaded here: a server that is never asked does without. */
async function recordProfile(durationMs: number, stop: AbortSignal): Promise<object> {
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await passed(durationMs, stop);
    const { profile } = await session.post('Profiler.stop');
    return profile;
  } finally {
    session.disconnect();
  }
}

function passed(durationMs: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, durationMs);
    stop.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Aborts when the client goes away. */
function closed(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  return controller.signal;
}

function checkMemory(availableBytes: number): void {
  const neededBytes = snapshotFactor * process.memoryUsage().heapUsed;
  if (availableBytes >= neededBytes) return;
  const mb = (bytes: number): number => Math.ceil(bytes / 1e6);
  throw new CommanderError(
    'insufficient_memory',
    `A heap snapshot needs about ${mb(neededBytes)} MB and ${mb(availableBytes)} MB are free.`,
  );
}

async function takeSnapshot(): Promise<Readable> {
  const { getHeapSnapshot } = await import('node:v8');
  return getHeapSnapshot();
}

function asFile(reply: FastifyReply, name: string): FastifyReply {
  return reply
    .header('content-type', 'application/json; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('cache-control', 'no-store');
}
