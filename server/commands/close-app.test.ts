import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { closeApp, trackConnections } from './close-app.ts';

const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

async function serve(connectionsCount: number) {
  const app = fastify();
  app.get('/', async () => 'here');
  const connections = trackConnections(app.server);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const sockets: Socket[] = [];
  const heard: string[] = [];
  for (let i = 0; i < connectionsCount; i += 1) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    sockets.push(socket);
    heard[i] = '';
    socket.on('data', (chunk) => {
      heard[i] += chunk.toString();
    });
    socket.on('error', (error) => {
      heard[i] += `error: ${error.message}`;
    });
    socket.write(request);
    await once(socket, 'data');
  }
  const close = (): Promise<void> => closeApp(app, { connections, timeoutMs: 5_000, onCut: () => undefined });
  return { sockets, heard, close };
}

test('a request that arrives while the process is busy is answered although its connection was idle', async () => {
  const { sockets, heard, close } = await serve(3);
  const closed = close();
  await new Promise(setImmediate);
  for (const socket of sockets) socket.write(request);
  // The timer of the next look is due before the requests are read.
  for (const end = performance.now() + 60; performance.now() < end; );
  await closed;
  for (const all of heard) expect(all.match(/here/g)).toHaveLength(2);
});

test('a client that goes on asking is told to close its connection', async () => {
  const { sockets, heard, close } = await serve(1);
  const [socket] = sockets;
  const closed = close();
  await new Promise(setImmediate);
  socket?.write(request);
  await closed;
  const [first, second] = (heard[0] ?? '').split('here');
  expect(first).toContain('keep-alive');
  expect(second).toMatch(/connection: close/i);
});
