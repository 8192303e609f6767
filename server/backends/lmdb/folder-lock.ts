/**
 * Who of the processes on one data folder does what only one should do: sweep, and look for dead readers.
 *
 * The holder listens on a Unix socket in the folder; the others stay connected to it. A death closes the connection at
 * once, whatever its kind, and the others elect anew. The socket lies in the folder and not in the abstract namespace,
 * which two containers with one volume do not share. Whoever replaces the socket of a dead holder does so under
 * LMDB's write lock, so that two cannot both replace it.
 */

import { once } from 'node:events';
import { statSync, unlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../../log.ts';

export interface FolderLock extends AsyncDisposable {
  /** Whether this process is the one. */
  readonly held: boolean;
  /** Whether another process may be writing. One that comes is known of before it serves. */
  readonly shared: boolean;
}

export interface FolderLockOptions {
  readonly folder: string;
  /** Runs the action while no process writes. */
  readonly exclusively: <T>(action: () => T) => Promise<T>;
  readonly log: Logger;
}

const socketName = 'holder.sock';
/** sun_path has 108 bytes on Linux and 104 elsewhere, one of them the end. */
const maxPathBytes = 103;
/** A holder that is stopped or busy answers later; it knows of us by then. */
const greetingTimeoutMs = 5_000;
const retryMs = 50;
const closeTimeoutMs = 2_000;
/** How long a new holder reckons with followers of the dead one that have not come back yet. */
const graceMs = 10_000;
/** How long a holder that is being elected is waited for by who is not one of them. */
const holderWaitMs = 1_000;
const holderPollMs = 100;

/** Resolves when a holder is known. Where the folder can hold no socket each process is its own holder. */
export async function openFolderLock({ folder, exclusively, log }: FolderLockOptions): Promise<FolderLock> {
  const place = await openPlace(folder);
  const closing = new AbortController();
  const followers = new Set<Socket>();
  let role: 'none' | 'follower' | 'holder' | 'alone' = 'none';
  let grace = false;
  let link: Socket | undefined;
  let server: Server | undefined;
  let electing: Promise<void> = Promise.resolve();

  const greet = (socket: Socket): void => {
    followers.add(socket.unref());
    socket.on('error', () => undefined).on('close', () => followers.delete(socket));
    socket.write('+');
  };

  const lead = (replaced: boolean): void => {
    grace = replaced;
    setTimeout(() => {
      grace = false;
    }, graceMs).unref();
    role = 'holder';
  };

  const follow = (holder: Socket): void => {
    link = holder;
    role = 'follower';
    const onClose = (): void => {
      role = 'none';
      electing = elect();
    };
    if (holder.closed) onClose();
    else holder.once('close', onClose);
  };

  const tryElect = async (): Promise<boolean> => {
    const seen = identityOf(place.path);
    const holder = seen === undefined ? undefined : await reach(place.path);
    if (holder !== undefined) {
      follow(holder);
      return true;
    }
    const taken = await exclusively(() => (closing.signal.aborted ? undefined : takeOver(place.path, seen, greet)));
    if (taken === undefined) return false;
    server = taken.server;
    await taken.listening;
    lead(seen !== undefined);
    return true;
  };

  const elect = async (): Promise<void> => {
    try {
      while (!closing.signal.aborted && !(await tryElect())) {
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    } catch (error) {
      if (closing.signal.aborted) return;
      role = 'alone';
      log.warn({ err: error }, 'The data folder cannot be locked; every process on it sweeps');
    }
  };

  await elect();
  return {
    get held() {
      return role === 'holder' || role === 'alone';
    },
    get shared() {
      return role !== 'holder' || grace || followers.size > 0;
    },
    async [Symbol.asyncDispose]() {
      if (closing.signal.aborted) return;
      closing.abort();
      link?.removeAllListeners('close').destroy();
      // An election may wait for a writer that never ends.
      await Promise.race([electing, new Promise((resolve) => setTimeout(resolve, closeTimeoutMs).unref())]);
      link?.destroy();
      for (const socket of followers) socket.destroy();
      if (server !== undefined) await new Promise((resolve) => server?.close(resolve));
      await place.handle?.close();
    },
  };
}

/** Whether a process holds the folder, asked from outside of it. */
export async function isFolderHeld(folder: string): Promise<boolean> {
  const place = await openPlace(folder);
  try {
    const holder = identityOf(place.path) === undefined ? undefined : await reach(place.path);
    holder?.destroy();
    return holder !== undefined;
  } finally {
    await place.handle?.close();
  }
}

/** As `isFolderHeld`, and waits for a holder that is about to be elected. */
export async function isHeldSoon(folder: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < holderWaitMs; waitedMs += holderPollMs) {
    if (await isFolderHeld(folder)) return true;
    await wait(holderPollMs);
  }
  return false;
}

interface Place {
  readonly path: string;
  readonly handle: FileHandle | undefined;
}

/** A path to the socket that is short enough, with what must stay open for it. */
async function openPlace(folder: string): Promise<Place> {
  const path = join(folder, socketName);
  if (Buffer.byteLength(path) <= maxPathBytes || process.platform !== 'linux') return { path, handle: undefined };
  const handle = await open(folder);
  return { path: `/proc/self/fd/${handle.fd}/${socketName}`, handle };
}

/** Inode numbers are used again, so with the time it was made; undefined when there is none. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.ino} ${stats.ctimeNs}`;
}

/** The connection to the holder, once it knows of us; undefined when nobody listens. */
async function reach(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return undefined;
    throw error;
  }
  socket.on('error', () => undefined);
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, greetingTimeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      resolve(undefined);
    };
    socket.once('data', settle).once('close', settle);
  });
  return socket.unref();
}

interface Taken {
  readonly server: Server;
  readonly listening: Promise<unknown>;
}

/** Listens in the place of the socket that was seen; undefined when another process was quicker. It binds at once. */
function takeOver(path: string, seen: string | undefined, greet: (socket: Socket) => void): Taken | undefined {
  if (identityOf(path) !== seen) return undefined;
  if (seen !== undefined) unlinkSync(path);
  const server = createServer(greet).listen(path).unref();
  const listening = once(server, 'listening');
  // It is awaited once the lock is given back; until then nobody hears of a failure.
  listening.catch(() => undefined);
  return { server, listening };
}
