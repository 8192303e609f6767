/**
 * Reads the bodies of requests. A body is counted against the budget before a byte of it is read, and read into one
 * piece of memory of its length; one that does not say its length is counted as it comes.
 */

import type { IncomingMessage } from 'node:http';
import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify';
import { chargeBody } from '../http/charges.ts';
import type { Pressure } from '../pressure/pressure.ts';
import { invite } from './unread-body.ts';

export interface BodyReaderOptions {
  readonly pressure: Pressure;
  /** No route has a smaller limit. */
  readonly maxValueBytes: number;
  /** Called with the length of each body that was read. */
  readonly countBody: (bytes: number) => void;
}

type Done = (error: Error | null, body?: Buffer) => void;

interface Sink {
  /** Throws for a chunk that is not taken. */
  write(chunk: Buffer): void;
  /** Throws when the body is not whole. */
  end(): Buffer;
}

interface Reading {
  readonly sink: Sink;
  readonly countArrived: (bytes: number) => void;
}

export function registerBodyReader(app: FastifyInstance, options: BodyReaderOptions): void {
  const { pressure, countBody } = options;

  /** Asking a request for its route costs more than most bodies. */
  const demandLimit = (request: FastifyRequest, bytes: number): void => {
    if (bytes <= options.maxValueBytes || bytes <= request.routeOptions.bodyLimit) return;
    throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
  };

  const openSink = (request: FastifyRequest, raw: IncomingMessage): Sink => {
    const length = raw.headers['content-length'];
    if (length === undefined) {
      return createGrowingSink((chunkBytes, bytes) => {
        demandLimit(request, bytes);
        chargeBody(pressure, raw, chunkBytes);
      });
    }
    const bytes = Number(length);
    demandLimit(request, bytes);
    chargeBody(pressure, raw, bytes);
    return createFixedSink(bytes);
  };

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request, raw: IncomingMessage, done: Done) => {
    try {
      // The framework looks at the body before it answers that there is no route for it.
      if (request.is404) throw new errorCodes.FST_ERR_NOT_FOUND();
      const sink = openSink(request, raw);
      if (raw.headers.expect !== undefined) invite(raw);
      readInto({ sink, countArrived: pressure.countArrived }, raw, (error, body) => {
        if (body !== undefined) countBody(body.length);
        done(error, body);
      });
    } catch (error) {
      done(error as Error);
    }
  });
}

function readInto({ sink, countArrived }: Reading, raw: IncomingMessage, done: Done): void {
  const settle: Done = (error, body) => {
    raw.off('data', onData).off('end', onEnd).off('error', settle);
    done(error, body);
  };
  const onData = (chunk: Buffer): void => {
    countArrived(chunk.length);
    try {
      sink.write(chunk);
    } catch (error) {
      settle(error as Error);
    }
  };
  const onEnd = (): void => {
    let body: Buffer;
    try {
      body = sink.end();
    } catch (error) {
      settle(error as Error);
      return;
    }
    settle(null, body);
  };
  raw.on('data', onData).on('end', onEnd).on('error', settle);
}

function createFixedSink(bytes: number): Sink {
  // Memory of its own that is not written yet has no pages: a client that sends slowly takes what it has sent.
  const body = Buffer.allocUnsafe(bytes);
  let filled = 0;
  return {
    write(chunk) {
      // The platform ends a body at its length.
      filled += chunk.copy(body, filled);
    },
    end() {
      if (filled !== bytes) throw new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH();
      return body;
    },
  };
}

/** `admit` is told the length of each chunk and of all so far, and throws for what is too much. */
function createGrowingSink(admit: (chunkBytes: number, bytes: number) => void): Sink {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    write(chunk) {
      bytes += chunk.length;
      admit(chunk.length, bytes);
      chunks.push(chunk);
    },
    end: () => Buffer.concat(chunks, bytes),
  };
}
