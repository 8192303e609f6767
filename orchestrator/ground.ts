import type { Capabilities } from '../reports/schema.ts';
import type { ServerHandle } from '../suites/suite.ts';
import type { ServerProcess } from './server-process.ts';

/** What a case stands on: one server, its own or one that it shares. */
export interface Ground {
  readonly baseUrl: () => string;
  readonly capabilities: Capabilities;
  /** Undefined for a target. */
  readonly server: ServerProcess | undefined;
  /** No other case uses it: the clock may move, the server may end. */
  readonly exclusive: boolean;
  readonly authorization: string | undefined;
  /** Name of the server's log in the run's folder `logs`. */
  readonly logName: string | undefined;
}

function refuse(what: string): () => Promise<never> {
  return async () => {
    throw new Error(`this case shares its server and cannot ${what} it: its isolation must be server or machine`);
  };
}

/** The server as the case may use it: one that it shares it may look at only. `peakRssBytes` is that of the case. */
export function handleFor(ground: Ground, peakRssBytes: () => number): ServerHandle | undefined {
  const { server, exclusive } = ground;
  if (server === undefined || exclusive) return server?.handle;
  const { handle } = server;
  return {
    get baseUrl() {
      return handle.baseUrl;
    },
    get pid() {
      return handle.pid;
    },
    logFile: handle.logFile,
    stop: refuse('stop'),
    kill: refuse('kill'),
    restart: refuse('restart'),
    peakRssBytes,
  };
}

/** Moves the testing clock of the ground's server. */
export async function advanceClock(ground: Ground, advanceMs: number, signal: AbortSignal): Promise<void> {
  if (!ground.capabilities.testing.clock) throw new Error('the server has no testing clock');
  if (!ground.exclusive) throw new Error('this case shares its server: to move the clock its isolation must be server');
  const headers: Record<string, string> = { 'content-type': 'application/json', connection: 'close' };
  if (ground.authorization !== undefined) headers.authorization = ground.authorization;
  const answer = await fetch(`${ground.baseUrl().replace(/\/$/, '')}/testing/clock`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ advanceMs }),
    signal,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`POST /testing/clock answered ${answer.status}: ${text.slice(0, 300)}`);
}
