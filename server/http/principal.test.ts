import type { FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { codeOf } from '../test-support/code-of.ts';
import { anybody, checkAccess, checkRoute, type Principal, principalOf } from './principal.ts';

const limited: Principal = { name: 'limited', role: 'write', namespaces: ['in'] };

test('everybody may do everything on a server without credentials', () => {
  expect(codeOf(() => checkAccess(anybody, 'admin', undefined))).toBeUndefined();
  expect(codeOf(() => checkAccess(anybody, 'admin', 'any'))).toBeUndefined();
});

test('a role and a limit are both needed', () => {
  expect(codeOf(() => checkAccess(limited, 'read', 'in'))).toBeUndefined();
  expect(codeOf(() => checkAccess(limited, 'write', 'in'))).toBeUndefined();
  for (const namespace of ['out', 'IN', 'in ', '', undefined]) {
    expect(codeOf(() => checkAccess(limited, 'read', namespace))).toBe('access_denied');
  }
  expect(codeOf(() => checkAccess(limited, 'admin', 'in'))).toBe('access_denied');
});

test('a limited credential reaches a route of its own, and none that is about all namespaces', () => {
  expect(codeOf(() => checkRoute(limited, { role: 'read', reach: 'own' }, undefined))).toBeUndefined();
  expect(codeOf(() => checkRoute(limited, { role: 'admin', reach: 'own' }, undefined))).toBe('access_denied');
  expect(codeOf(() => checkRoute(limited, { role: 'read', reach: 'all' }, 'in'))).toBe('access_denied');
  const inNamespace = { role: 'read', namespaceParam: 'namespace' } as const;
  expect(codeOf(() => checkRoute(limited, inNamespace, 'in'))).toBeUndefined();
  for (const value of ['out', undefined, ['in'], { in: true }]) {
    expect(codeOf(() => checkRoute(limited, inNamespace, value))).toBe('access_denied');
  }
});

test('a request that nobody was asked for has no principal, rather than everybody', () => {
  const request = { principal: null } as FastifyRequest;
  expect(() => principalOf(request)).toThrow(/open to all/);
  expect(principalOf({ principal: limited } as FastifyRequest)).toBe(limited);
});
