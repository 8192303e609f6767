/**
 * What an HTTP server costs before it does anything: a program that answers every GET with the same bytes and every
 * PUT with nothing. Its first argument says on what: `http` is Node alone, `fastify` has the route of a single key. The
 * second is the port.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const port = Number(process.argv[3] ?? 0);
const value = Buffer.alloc(100, 'x');
const route = '/api/v1/kv/:namespace/:collection/:key';

async function listenBare(): Promise<AddressInfo> {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': value.length };
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, headers).end(value);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server.address() as AddressInfo;
}

/** Loaded when it is asked for: Node alone is to start as Node alone. */
async function listenFastify(): Promise<AddressInfo> {
  const { fastify } = await import('fastify');
  const app = fastify();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.get(route, (_request, reply) => reply.send(value));
  app.put(route, (_request, reply) => reply.send());
  await app.listen({ port, host: '127.0.0.1' });
  return app.server.address() as AddressInfo;
}

const address = await (process.argv[2] === 'fastify' ? listenFastify() : listenBare());
process.stdout.write(`${JSON.stringify({ port: address.port })}\n`);
