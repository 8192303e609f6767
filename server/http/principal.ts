/** Who sends a request, and what that one may do. */

import type { FastifyRequest } from 'fastify';
import { CommanderError } from '../errors.ts';

/** Each role may do what those before it may. */
export const roles = ['read', 'write', 'admin'] as const;
export type Role = (typeof roles)[number];

export interface Principal {
  /** Name of the credential; '' where the server takes none. */
  readonly name: string;
  readonly role: Role;
  /** The namespaces it is limited to; undefined: all. */
  readonly namespaces: readonly string[] | undefined;
}

/** Everybody, on a server without credentials. */
export const anybody: Principal = { name: '', role: 'admin', namespaces: undefined };

/**
 * What a route needs, beside its doc. There is no default: a route that does not say it stops the server at start.
 * open: nothing, not even credentials.
 * namespaceParam: the role, in the namespace that this path parameter names.
 * reach `all`: the role, and no limit to namespaces: the route tells or changes what belongs to all of them.
 * reach `own`: the role; the route tells nothing of a namespace, or asks `checkAccess` itself for each that it touches.
 */
export type RouteAccess =
  | 'open'
  | { readonly role: Role; readonly namespaceParam: string }
  | { readonly role: Role; readonly reach: 'all' | 'own' };

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly access?: RouteAccess;
  }
  interface FastifyRequest {
    /** Null on a route that is open to all, on a server with credentials. */
    principal: Principal | null;
  }
}

/** Who sends this request. Throws where the route asks for nobody. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new Error('This route is open to all: its requests have no principal.');
  return request.principal;
}

/**
 * Throws CommanderError `access_denied` unless the principal has the role, in that namespace. It is asked before
 * anything is read, so the answer never depends on what is stored.
 */
export function checkAccess(principal: Principal, role: Role, namespace: string | undefined): void {
  const reaches =
    principal.namespaces === undefined || (namespace !== undefined && principal.namespaces.includes(namespace));
  if (!hasRole(principal, role) || !reaches) throw accessDenied();
}

/** What `checkAccess` does for a whole route. `namespace` is the value of its namespaceParam. */
export function checkRoute(principal: Principal, access: Exclude<RouteAccess, 'open'>, namespace: unknown): void {
  if ('namespaceParam' in access) {
    checkAccess(principal, access.role, typeof namespace === 'string' ? namespace : undefined);
  } else if (access.reach === 'all') {
    checkAccess(principal, access.role, undefined);
  } else if (!hasRole(principal, access.role)) {
    throw accessDenied();
  }
}

function hasRole(principal: Principal, role: Role): boolean {
  return roles.indexOf(principal.role) >= roles.indexOf(role);
}

function accessDenied(): CommanderError {
  return new CommanderError('access_denied', 'The credentials do not allow this here.');
}
