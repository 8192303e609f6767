import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NetworkMode } from '../../../suites/fault.ts';
import { waitFor } from '../../wait.ts';
import { evidenceOf } from '../network.ts';
import { type Link, openLink } from './open-link.ts';

const seed = 7;

/** What the far end has received, and its sockets. It answers each line with the same line. */
const far = { received: '', sockets: [] as Socket[], failures: [] as string[] };
let server: ReturnType<typeof createServer>;
let link: Link;
const open: Socket[] = [];

beforeEach(async () => {
  far.received = '';
  far.sockets = [];
  far.failures = [];
  server = createServer((socket) => {
    far.sockets.push(socket);
    socket.on('error', (error) => void far.failures.push('code' in error ? String(error.code) : error.message));
    socket.on('data', (chunk) => {
      far.received += chunk.toString();
      socket.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  link = await openLink({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await link[Symbol.asyncDispose]();
  for (const socket of far.sockets) socket.destroy();
  server.close();
});

interface Caller {
  readonly socket: Socket;
  readonly heard: () => string;
  readonly failure: () => string | undefined;
  readonly ended: () => boolean;
}

async function call(): Promise<Caller> {
  const socket = connect({ ...link.address, noDelay: true });
  open.push(socket);
  let heard = '';
  let failure: string | undefined;
  let ended = false;
  socket.on('data', (chunk) => {
    heard += chunk.toString();
  });
  socket.on('error', (error) => {
    failure = 'code' in error ? String(error.code) : error.message;
  });
  socket.on('end', () => {
    ended = true;
  });
  await seen('the connection or its failure', () => !socket.connecting || failure !== undefined);
  return { socket, heard: () => heard, failure: () => failure, ended: () => ended };
}

async function seen(what: string, condition: () => boolean): Promise<void> {
  await waitFor(what, async () => (condition() ? true : undefined), { timeoutMs: 5_000, intervalMs: 2 });
}

/** Sends a text and resolves with how long its echo took, in ms. */
async function echo({ socket, heard }: Caller, text: string): Promise<number> {
  const before = heard().length;
  const started = performance.now();
  socket.write(text);
  await seen('the echo', () => heard().length >= before + text.length);
  expect(heard().slice(before)).toBe(text);
  return performance.now() - started;
}

async function windowOf(mode: NetworkMode, during: () => Promise<void>) {
  await link.begin(mode, seed);
  await during();
  const counts = await link.end();
  return { counts, evidence: evidenceOf(mode, counts) };
}

describe('a link', () => {
  test('passes bytes both ways and the end of each side by itself', async () => {
    const caller = await call();
    await echo(caller, 'hello');
    caller.socket.end('last');
    await seen('the last bytes', () => far.received === 'hellolast');
    await seen('the far end', () => caller.ended());
    expect(caller.failure()).toBeUndefined();
  });

  test('passes a reset of one side to the other, in both directions', async () => {
    const [first, second] = [await call(), await call()];
    await echo(first, 'a');
    await echo(second, 'b');
    first.socket.resetAndDestroy();
    await seen('the reset at the far end', () => far.failures.length === 1);
    expect(far.failures).toEqual(['ECONNRESET']);
    far.sockets[1]?.resetAndDestroy();
    await seen('the reset', () => second.failure() === 'ECONNRESET');
  });

  test('resets the caller when nobody listens at the far end, and finds a new far end on the same port', async () => {
    const elsewhere = createServer((socket) => socket.end('elsewhere'));
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const { port } = elsewhere.address() as AddressInfo;
    await link.pointAt({ host: '127.0.0.1', port: 1 });
    const lost = await call();
    await seen('the reset', () => lost.failure() === 'ECONNRESET');
    await link.pointAt({ host: '127.0.0.1', port });
    const found = await call();
    await seen('the other end', () => found.heard() === 'elsewhere');
    elsewhere.close();
  });

  test('passes 40 MB unharmed through a bottleneck of buffers', async () => {
    const caller = await call();
    const text = 'x'.repeat(1_000_000);
    for (let i = 0; i < 40; i += 1) caller.socket.write(text);
    await seen('the echo', () => caller.heard().length === 40_000_000);
    expect(far.received.length).toBe(40_000_000);
  });
});

describe('a fault of a link', () => {
  test('latency delays each direction by what it says, keeps the order and ends at once', async () => {
    const caller = await call();
    await echo(caller, 'warm');
    const { counts, evidence } = await windowOf({ kind: 'latency', delayMs: 100, jitterMs: 40 }, async () => {
      let [least, most] = [Number.POSITIVE_INFINITY, 0];
      for (let i = 0; i < 5; i += 1) {
        const took = await echo(caller, `${i}`);
        [least, most] = [Math.min(least, took), Math.max(most, took)];
      }
      expect(least).toBeGreaterThanOrEqual(119);
      expect(most).toBeLessThan(1_000);
      for (let i = 0; i < 50; i += 1) caller.socket.write(String.fromCharCode(48 + i));
      await seen('all of it', () => caller.heard().length === 59);
      expect(far.received.slice(9)).toBe(Array.from({ length: 50 }, (_, i) => String.fromCharCode(48 + i)).join(''));
    });
    expect(counts.bytesDelayed).toBe(110);
    expect(evidence).toContain('110 bytes delayed');
    expect(await echo(caller, 'after')).toBeLessThan(100);
  });

  test('bandwidth lets no more through than it says', async () => {
    const caller = await call();
    const { evidence } = await windowOf({ kind: 'bandwidth', bytesPerSecond: 200_000 }, async () => {
      const took = await echo(caller, 'y'.repeat(60_000));
      expect(took).toBeGreaterThanOrEqual(299);
    });
    expect(evidence).toContain('bytes slowed down');
  });

  test('reset breaks every connection with RST, again and again as a storm, and new ones work', async () => {
    const callers = [await call(), await call()];
    for (const caller of callers) await echo(caller, 'x');
    const { counts } = await windowOf({ kind: 'reset', everyMs: 0 }, async () => {
      for (const caller of callers) await seen('the reset', () => caller.failure() === 'ECONNRESET');
      await echo(await call(), 'new');
    });
    expect(counts).toMatchObject({ present: 2, connectionsReset: 2, opened: 1 });
    const storm = await windowOf({ kind: 'reset', everyMs: 20 }, async () => {
      for (let i = 0; i < 3; i += 1) {
        const caller = await call();
        await seen('the reset', () => caller.failure() === 'ECONNRESET');
      }
    });
    expect(storm.counts.connectionsReset).toBeGreaterThanOrEqual(4);
  });

  test('refuse breaks what is there and refuses the rest, and the port is the same afterwards', async () => {
    const { port } = link.address;
    const caller = await call();
    await echo(caller, 'x');
    const { evidence } = await windowOf({ kind: 'refuse' }, async () => {
      await seen('the reset', () => caller.failure() === 'ECONNRESET');
      const refused = await call();
      await seen('the refusal', () => refused.failure() === 'ECONNREFUSED');
    });
    expect(evidence).toContain('refused');
    expect(link.address.port).toBe(port);
    await echo(await call(), 'again');
  });

  test('blackhole takes connections and bytes, passes none, and loses none of them', async () => {
    const old = await call();
    await echo(old, 'x');
    const { counts, evidence } = await windowOf({ kind: 'blackhole' }, async () => {
      old.socket.write('held');
      const fresh = await call();
      fresh.socket.write('new');
      await waitFor('the bytes to have arrived', async () => (await idle(200)) || undefined, { timeoutMs: 5_000 });
      expect(far.received).toBe('x');
      expect(old.failure() ?? fresh.failure()).toBeUndefined();
    });
    expect(counts).toMatchObject({ present: 1, opened: 1, bytesHeld: 7, bytesOut: 0, bytesBack: 0 });
    expect(evidence).toContain('7 bytes held');
    await seen('what was held', () => far.received.length === 8);
    expect(far.received).toMatch(/^x(heldnew|newheld)$/);
    await seen('the answer', () => old.heard() === 'xheld');
  });

  test('half-open ends the far side alone: the near one stays and is reset by the heal; new connections work', async () => {
    const caller = await call();
    await echo(caller, 'x');
    const { counts } = await windowOf({ kind: 'half-open' }, async () => {
      await seen('the end of the far side', () => far.sockets[0]?.readableEnded === true);
      caller.socket.write('into the void');
      await echo(await call(), 'new');
      await idle(100);
      expect([caller.failure(), caller.ended(), caller.socket.destroyed]).toEqual([undefined, false, false]);
    });
    expect(counts).toMatchObject({ halfOpened: 1, opened: 1 });
    await seen('the reset', () => caller.failure() === 'ECONNRESET');
    expect(far.received).toBe('xnew');
  });

  test('drop-answer delivers the request, keeps the answer and resets', async () => {
    const caller = await call();
    await echo(caller, 'x');
    const { counts, evidence } = await windowOf({ kind: 'drop-answer', percent: 100 }, async () => {
      caller.socket.write('request');
      await seen('the reset', () => caller.failure() === 'ECONNRESET');
    });
    expect(far.received).toBe('xrequest');
    expect(caller.heard()).toBe('x');
    expect(counts).toMatchObject({ answersDropped: 1, bytesOut: 7, bytesBack: 0 });
    expect(evidence).toContain('1 answers dropped');
    await echo(await call(), 'after');
  });

  test('drop-answer with a share drops that share, the same ones for the same seed', async () => {
    const dropped: number[][] = [];
    for (let round = 0; round < 2; round += 1) {
      const these: number[] = [];
      await windowOf({ kind: 'drop-answer', percent: 30 }, async () => {
        for (let i = 0; i < 40; i += 1) {
          const caller = await call();
          caller.socket.write('q');
          await seen('an end', () => caller.failure() !== undefined || caller.heard() === 'q');
          if (caller.failure() !== undefined) these.push(i);
          caller.socket.destroy();
        }
      });
      dropped.push(these);
    }
    expect(dropped[0]?.length).toBeGreaterThan(4);
    expect(dropped[0]?.length).toBeLessThan(24);
    expect(dropped[1]).toEqual(dropped[0]);
  });

  test('that does nothing, or that met nobody, has no evidence', async () => {
    const caller = await call();
    const nothing = await windowOf({ kind: 'nothing' }, async () => void (await echo(caller, 'x')));
    expect(nothing.evidence).toBeUndefined();
    caller.socket.destroy();
    const kinds: readonly NetworkMode[] = [
      { kind: 'latency', delayMs: 10, jitterMs: 0 },
      { kind: 'blackhole' },
      { kind: 'drop-answer', percent: 100 },
    ];
    for (const mode of kinds) expect((await windowOf(mode, async () => undefined)).evidence, mode.kind).toBeUndefined();
  });

  test('excludes another one at the same time', async () => {
    await link.begin({ kind: 'blackhole' }, seed);
    await expect(link.begin({ kind: 'reset', everyMs: 0 }, seed)).rejects.toThrow('under blackhole already');
    await link.end();
  });
});

/** For claims that nothing happens, which no condition can show. */
async function idle(ms: number): Promise<true> {
  await delay(ms);
  return true;
}
