/**
 * What an HTTP server costs before it does anything: a program that answers every GET with the same bytes and every
 * PUT with nothing. Its argument says on what: `http` is Node alone, `fastify` has the route of a single key.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';

const value = Buffer.alloc(100, 'x');
const route = '/api/v1/kv/:namespace/:collection/:key';

async function listenBare(): Promise<AddressInfo> {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': value.length };
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, headers).end(value);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.address() as AddressInfo;
}

async function listenFastify(): Promise<AddressInfo> {
  const app = fastify();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.get(route, (_request, reply) => reply.send(value));
  app.put(route, (_request, reply) => reply.send());
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app.server.address() as AddressInfo;
}

const { port } = await (process.argv[2] === 'fastify' ? listenFastify() : listenBare());
process.stdout.write(`${JSON.stringify({ port })}\n`);
