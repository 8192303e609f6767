import type { Capabilities } from '../reports/schema.ts';
import type { ServerHandle } from '../suites/suite.ts';
import type { Environment } from './environment.ts';
import type { SteeredClock } from './faults/clock.ts';
import type { Links } from './faults/link/open-links.ts';
import type { Ledger } from './ledger.ts';
import type { MemoryCell } from './memory-cell.ts';
import type { Place } from './places/place.ts';
import type { Store } from './providers/provider.ts';
import type { ServerLog } from './server-log.ts';
import type { ServerProcess } from './server-process.ts';

/** What a case stands on: one server, its own or one that it shares. */
export interface Ground {
  readonly baseUrl: () => string;
  /** Where the case's client goes: through a link, if there is one. */
  readonly clientUrl: () => string;
  readonly capabilities: Capabilities;
  /** Undefined for a target. */
  readonly server: ServerProcess | undefined;
  /** No other case uses it: the clock may move, the server may end. */
  readonly exclusive: boolean;
  readonly authorization: string | undefined;
  /** Of the server, and of those that `startSecond` has started; none for a target. */
  readonly logs: readonly ServerLog[];
  /** Starts one more server on the same store and data folder; undefined where the ground is not the case's own. */
  readonly startSecond: (() => Promise<Ground>) | undefined;
  /** Those that `startSecond` has started. */
  readonly seconds: readonly ServerProcess[];
  /** Undefined for a target. */
  readonly store: Store | undefined;
  /** What the stage of the case asked for. */
  readonly links: Links;
  /** Undefined where the stage does not ask for it. */
  readonly steeredClock: SteeredClock | undefined;
  /** What a fault needs to start something of its own; undefined for a target. */
  readonly means: { readonly ledger: Ledger; readonly environment: Environment } | undefined;
  /** What the server is limited to in memory; undefined where its case does not ask for it. */
  readonly cell: MemoryCell | undefined;
  /** Where the data lie, when the case has asked for a place. */
  readonly place?: Place | undefined;
  /** Where an embedded store of the case's own has its files; a path for processes that the place lets in. */
  readonly dataFolder?: string;
  /** File that takes the recording of what the server writes, when the case has asked for one. */
  readonly recording?: string | undefined;
  /** Starts one more server, on another data folder. */
  readonly startCopy?: (dataFolder: string) => Promise<ServerProcess>;
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
    credentialsFile: handle.credentialsFile,
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
