/**
 * Who may use which route. The order of checks: credentials (401), the need of the route (403), and only then what the
 * request asks for. A path that has no route, or not this method, or cannot be decoded, asks for credentials too, so
 * that without them every path looks alike.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { anybody, checkRoute, type Principal, type RouteAccess } from '../http/principal.ts';

/** Who knows the credentials. */
export interface Gate {
  /** Throws or rejects with a CommanderError when there is nobody. */
  authenticate(authorization: string | undefined, address: string | undefined): Principal | Promise<Principal>;
}

/** `gate` is undefined on a server without credentials: nothing is asked then, and no hook is there to ask it. */
export function registerAccess(app: FastifyInstance, gate: Gate | undefined): void {
  demandDeclarations(app);
  if (gate === undefined) {
    app.decorateRequest('principal', { getter: () => anybody });
    return;
  }
  app.decorateRequest('principal', null);
  app.addHook('onRequest', (request, _reply, done) => {
    const { access } = request.routeOptions.config;
    if (access === 'open') done();
    else enter(gate, request, access, done);
  });
}

function enter(
  gate: Gate,
  request: FastifyRequest,
  access: Exclude<RouteAccess, 'open'> | undefined,
  done: (error?: Error) => void,
): void {
  const admit = (principal: Principal): void => {
    // Without a route the answer is 404 or 405 to all who are known.
    if (access !== undefined) checkRoute(principal, access, namespaceOf(request, access));
    else if (!request.is404) throw new Error('A route without a declaration of its access was registered.');
    request.principal = principal;
  };
  let principal: Principal | Promise<Principal>;
  try {
    principal = gate.authenticate(request.raw.headers.authorization, request.raw.socket.remoteAddress);
    if (!(principal instanceof Promise)) admit(principal);
  } catch (error) {
    done(error as Error);
    return;
  }
  if (principal instanceof Promise) principal.then(admit).then(() => done(), done);
  else done();
}

/** Decoded once, by the router: the very text that the handler takes for the namespace. */
function namespaceOf(request: FastifyRequest, access: Exclude<RouteAccess, 'open'>): unknown {
  if (!('namespaceParam' in access)) return undefined;
  return (request.params as Readonly<Record<string, unknown>>)[access.namespaceParam];
}

/**
 * For answers of the framework that no hook precedes, such as the one to a path that cannot be decoded: calls `answer`
 * with `error`, or with why this client gets nothing.
 */
export function answerKnown<E extends Error>(
  gate: Gate | undefined,
  request: FastifyRequest,
  { error, answer }: { readonly error: E; readonly answer: (error: unknown) => void },
): void {
  if (gate === undefined) {
    answer(error);
    return;
  }
  const { headers, socket } = request.raw;
  void (async () => gate.authenticate(headers.authorization, socket.remoteAddress))().then(() => answer(error), answer);
}

function demandDeclarations(app: FastifyInstance): void {
  app.addHook('onRoute', ({ method, url, config }) => {
    const access = config?.access;
    if (access === undefined) {
      throw new Error(
        `${[method].flat().join(', ')} ${url} does not say who may use it. Add config.access beside its doc: ` +
          `'open', {role, namespaceParam} or {role, reach} (RouteAccess in server/http/principal.ts).`,
      );
    }
    if (
      typeof access === 'object' &&
      'namespaceParam' in access &&
      !url.split('/').includes(`:${access.namespaceParam}`)
    ) {
      throw new Error(`${url} has no parameter :${access.namespaceParam}, which its config.access names.`);
    }
  });
}
