/** Grounds made of servers that the harness starts, each on a part of the store and a data folder of its own. */

import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendName, CaseResult } from '../reports/schema.ts';
import type { Ground } from './ground.ts';
import type { Store } from './providers/provider.ts';
import type { BackendContext } from './run-context.ts';
import type { ServerFacts } from './server-facts.ts';
import { askServer } from './server-facts.ts';
import type { ServerProcess } from './server-process.ts';
import { startServer } from './server-process.ts';

export interface ServerGround {
  readonly server: ServerProcess;
  readonly ground: Ground;
  readonly facts: ServerFacts;
  /** Ends the server and deletes its data. */
  close(): Promise<void>;
  /** Says how to reach and end the server, which stays up. */
  keep(failed: CaseResult): void;
}

export interface ServerGroundOptions {
  /** File name in the run's folder `logs`. */
  readonly logName: string;
  readonly flags: readonly string[];
  /** One case alone will use it. */
  readonly exclusive: boolean;
}

export function createGroundMaker(backend: BackendName, store: Store, context: BackendContext) {
  const { ledger, environment, signal, workFolder, serverEntry } = context;
  let count = 0;

  return async function openGround({ logName, flags, exclusive }: ServerGroundOptions): Promise<ServerGround> {
    count += 1;
    const dataFolder = join(workFolder, `${backend}-${count}`);
    mkdirSync(dataFolder, { recursive: true });
    const server = await startServer({
      backend,
      settings: store.part(`c${context.runId}-${backend}-${count}`),
      flags,
      dataFolder,
      logFile: join(context.logsFolder, logName),
      ledger,
      environment,
      signal,
      ...(serverEntry === undefined ? {} : { entry: serverEntry }),
    });
    const close = async (): Promise<void> => {
      await server[Symbol.asyncDispose]();
      await rm(dataFolder, { recursive: true, force: true });
    };
    try {
      const baseUrl = (): string => server.handle.baseUrl;
      const facts = await askServer({ baseUrl: baseUrl(), authorization: undefined, signal }, false);
      const { capabilities } = facts;
      return {
        server,
        facts,
        ground: { baseUrl, capabilities, server, exclusive, authorization: undefined, logName },
        close,
        keep(failed) {
          const endCommands = [`kill ${server.handle.pid}`, ...store.endCommands, `rm -rf '${workFolder}'`];
          context.kept({ failed, url: baseUrl(), endCommands });
        },
      };
    } catch (error) {
      await close();
      throw error;
    }
  };
}
