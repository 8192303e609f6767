/** Requests by route, method and status. What a client makes up is counted under one name. */

import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Histogram } from '../metrics/histogram.ts';
import type { Counter, MetricsRegistry } from '../metrics/registry.ts';

export interface RequestMetrics {
  /** Counts a request that reached no hook. */
  countUnrouted(response: ServerResponse): void;
  /** Counts the bytes of a body that was read. */
  countBody(bytes: number): void;
}

/** What is counted for one route and method. */
interface RouteCells {
  readonly labels: { readonly route: string; readonly method: string };
  /** By status; 0 for a request whose client went away before an answer began. */
  readonly byStatus: (StatusCells | undefined)[];
}

interface StatusCells {
  readonly count: Counter;
  readonly duration: Histogram;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly requestMetrics?: RouteCells;
  }
}

const cellsOf = Symbol('cells');

type CountedResponse = ServerResponse & { [cellsOf]?: RouteCells };

/** In seconds. */
const bounds = [1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** `onEnd` is called once for each request, when its answer has ended or its connection is gone. */
export function registerRequestMetrics(
  app: FastifyInstance,
  registry: MetricsRegistry,
  onEnd: (response: ServerResponse, request: FastifyRequest | undefined) => void,
): RequestMetrics {
  const requests = registry.counter({
    name: 'commander_http_requests_total',
    help: 'Requests that ended, by route, method and status; aborted: the client left before an answer began.',
    labels: ['route', 'method', 'status'],
  });
  const durations = registry.histogram({
    name: 'commander_http_request_duration_seconds',
    help: 'From the head of a request to the end of its answer, by route, method and class of status.',
    labels: ['route', 'method', 'status'],
    bounds,
  });
  const bodyBytes = registry
    .counter({ name: 'commander_http_request_body_bytes_total', help: 'Bytes of request bodies that were read.' })
    .of({});
  bodyBytes.add(0);
  const openRequests = registry
    .gauge({ name: 'commander_http_requests_in_flight', help: 'Requests whose answer has not ended.' })
    .of({});
  const openConnections = registry
    .gauge({ name: 'commander_http_connections', help: 'Connections that are open.' })
    .of({});
  let inFlight = 0;
  registry.collect(async () => {
    openRequests.set(inFlight);
    openConnections.set(await countConnections(app));
  });

  const open = (cells: RouteCells, status: number): StatusCells => {
    const { labels } = cells;
    const opened = {
      count: requests.of({ ...labels, status: status === 0 ? 'aborted' : String(status) }),
      duration: durations.of({ ...labels, status: status === 0 ? 'aborted' : `${Math.trunc(status / 100)}xx` }),
    };
    cells.byStatus[status] = opened;
    return opened;
  };
  const begin = (response: CountedResponse, request: FastifyRequest | undefined): void => {
    const startedMs = performance.now();
    inFlight += 1;
    response.on('close', () => {
      inFlight -= 1;
      onEnd(response, request);
      const cells = response[cellsOf] ?? request?.routeOptions.config.requestMetrics ?? unmatched;
      const status = response.headersSent ? response.statusCode : 0;
      const { count, duration } = cells.byStatus[status] ?? open(cells, status);
      count.add(1);
      duration.observe((performance.now() - startedMs) / 1000);
    });
  };

  const unmatched: RouteCells = { labels: { route: 'unmatched', method: 'other' }, byStatus: [] };
  app.addHook('onRoute', (route) => {
    const labels = { route: route.url, method: [route.method].flat().join(',') };
    const cells: RouteCells = { labels, byStatus: [] };
    const { handler } = route;
    // The framework makes an object of twelve members for whoever asks a request for its route.
    route.handler = function (request, reply) {
      (reply.raw as CountedResponse)[cellsOf] = cells;
      return handler.call(this, request, reply);
    };
    // For requests that do not get as far as their handler.
    route.config = { ...route.config, requestMetrics: cells };
  });
  app.addHook('onRequest', (request, reply, done) => {
    begin(reply.raw, request);
    done();
  });
  return {
    countUnrouted: (response) => begin(response, undefined),
    countBody: bodyBytes.add,
  };
}

function countConnections(app: FastifyInstance): Promise<number | undefined> {
  return new Promise((resolve) => {
    app.server.getConnections((error, count) => resolve(error === null ? count : undefined));
  });
}
