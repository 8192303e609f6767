/** Grounds made of servers that the harness starts, each on a part of the store and a data folder of its own. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendName, CaseResult } from '../reports/schema.ts';
import type { CaseCredentials, StageDemands } from '../suites/suite.ts';
import { readDeviceSettings } from './device-settings.ts';
import type { Environment } from './environment.ts';
import { createSteeredClock } from './faults/clock.ts';
import type { Links } from './faults/link/open-links.ts';
import { recordPowerTrace } from './faults/power-loss-replay.ts';
import type { Ground } from './ground.ts';
import { openMemoryCell } from './memory-cell.ts';
import type { Place } from './places/place.ts';
import type { ServerSettings } from './providers/engines/engine.ts';
import type { Store } from './providers/provider.ts';
import type { BackendContext } from './run-context.ts';
import { startSampler } from './sampler.ts';
import type { ServerFacts } from './server-facts.ts';
import { askServer } from './server-facts.ts';
import { watchLog } from './server-log.ts';
import type { ServerOptions, ServerProcess } from './server-process.ts';
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
  readonly credentials?: CaseCredentials | undefined;
  /** One case alone will use it. */
  readonly exclusive: boolean;
  /** Whether it may be asked for its metrics meanwhile: see SampledServer. */
  readonly asked: boolean;
  readonly links?: Links;
  readonly stage?: StageDemands | undefined;
  /** Where the data of the store lie; undefined: where each likes. */
  readonly place?: Place | undefined;
}

/** Log of the second server of a case, beside that of the first. */
export function secondLogName(logName: string): string {
  return logName.replace(/\.log$/, '.second.log');
}

/** What a server is told and must not tell: passwords in the URLs of stores, and what its credentials consist of. */
function secretsOf({ environment }: ServerSettings, credentials: CaseCredentials | undefined): readonly string[] {
  const passwords = Object.values(environment).flatMap((value) => {
    const [, written = ''] = /^[a-z+]+:\/\/[^/?#@]*?:([^/?#]*)@/.exec(value ?? '') ?? [];
    return written === '' ? [] : [written, decodeURIComponent(written)];
  });
  return [...new Set([...passwords, ...(credentials?.secrets ?? [])])];
}

/** File of the recording, and what stands before the server's command for it. */
function recorderFor(folder: string, wanted: boolean, environment: Environment) {
  if (!wanted) return { recording: undefined, recorder: [] };
  const recording = `${folder}.strace`;
  return { recording, recorder: recordPowerTrace(recording, environment) };
}

/** What the stage asks for around a server. The clock and the recorder are the first server's alone. */
function openParts(stage: StageDemands | undefined, folder: string, { ledger, environment }: BackendContext) {
  const memoryBytes = stage?.serverMemoryBytes;
  return {
    cell: memoryBytes === undefined ? undefined : openMemoryCell(memoryBytes, ledger),
    clock: stage?.steeredClock === true ? createSteeredClock(`${folder}.clock`) : undefined,
    device: stage?.asDevice === true ? readDeviceSettings() : undefined,
    ...recorderFor(folder, stage?.recordsWrites === true, environment),
  };
}

export function createGroundMaker(backend: BackendName, context: BackendContext) {
  const { ledger, environment, signal, workFolder, serverProgram } = context;
  let count = 0;

  return async function openGround(
    store: Store,
    { logName, flags, credentials, exclusive, asked, stage, place, links = {} }: ServerGroundOptions,
  ): Promise<ServerGround> {
    count += 1;
    const ownFolder = join(workFolder, `${backend}-${count}`);
    mkdirSync(ownFolder, { recursive: true });
    const holdsData = store.provider === 'embedded';
    const dataFolder = holdsData ? (place?.folder ?? ownFolder) : ownFolder;
    // Not in the data folder, where a store may take offence at a file that is not its own.
    const credentialsFile = credentials === undefined ? undefined : `${ownFolder}.credentials`;
    if (credentialsFile !== undefined) writeFileSync(credentialsFile, credentials?.file ?? '', { mode: 0o600 });
    const settings = store.part(`c${context.runId}-${backend}-${count}`, links.store?.address);
    const { cell, clock, device, recording, recorder } = openParts(stage, ownFolder, context);
    const start = (
      log: string,
      folder: string,
      before: readonly string[],
      more: Partial<ServerOptions> = {},
    ): Promise<ServerProcess> =>
      startServer({
        backend,
        settings,
        flags,
        dataFolder: folder,
        enter: [...(holdsData ? (place?.enter ?? []) : []), ...before],
        credentialsFile,
        logFile: join(context.logsFolder, log),
        ledger,
        environment,
        signal,
        traced: stage?.traced,
        cell,
        ...(serverProgram === undefined ? {} : { program: serverProgram }),
        ...more,
      });
    const server = await start(logName, dataFolder, recorder, {
      settings: {
        ...settings,
        environment: { ...settings.environment, ...clock?.environment, ...device?.environment },
      },
      nodeFlags: [...(device?.nodeFlags ?? []), ...(clock?.nodeFlags ?? [])],
      async listening(url) {
        const { hostname: host, port } = new URL(url);
        await links.client?.pointAt({ host, port: Number(port) });
      },
    }).catch(async (error: unknown) => {
      await cell?.[Symbol.asyncDispose]();
      throw error;
    });
    const secrets = secretsOf(settings, credentials);
    const logs = [watchLog(context.logsFolder, logName, secrets)];
    const seconds: ServerProcess[] = [];
    const starting: Promise<ServerProcess>[] = [];
    const { handle } = server;
    const sampler = startSampler(
      { backend, baseUrl: () => handle.baseUrl, pid: () => handle.pid, authorization: undefined, asked },
      context.series,
    );
    const close = async (): Promise<void> => {
      sampler[Symbol.dispose]();
      // A case that is over may have left one that is still starting.
      await Promise.allSettled(starting);
      await Promise.all([...seconds, server].map((one) => one[Symbol.asyncDispose]()));
      await cell?.[Symbol.asyncDispose]();
      for (const log of logs) log.hideInFile();
      for (const path of [ownFolder, recording, credentialsFile]) {
        if (path !== undefined) await rm(path, { recursive: true, force: true });
      }
    };
    try {
      const baseUrl = (): string => server.handle.baseUrl;
      const facts = await askServer({ baseUrl: baseUrl(), authorization: credentials?.authorization, signal }, false);
      const { capabilities } = facts;
      const ground: Ground = {
        baseUrl,
        clientUrl: () => (links.client === undefined ? baseUrl() : `http://127.0.0.1:${links.client.address.port}`),
        capabilities,
        server,
        exclusive,
        authorization: undefined,
        logs,
        startSecond: exclusive ? startSecond : undefined,
        seconds,
        store,
        links,
        steeredClock: clock,
        means: { ledger, environment },
        cell,
        place,
        dataFolder,
        recording,
        startCopy: (folder) => start(logName, folder, []),
      };
      async function startSecond(): Promise<Ground> {
        const log = secondLogName(logName);
        if (starting.length === 0) logs.push(watchLog(context.logsFolder, log, secrets));
        const started = start(log, dataFolder, []);
        starting.push(started);
        const second = await started;
        seconds.push(second);
        const secondUrl = (): string => second.handle.baseUrl;
        return {
          ...ground,
          baseUrl: secondUrl,
          clientUrl: secondUrl,
          server: second,
          startSecond: undefined,
        };
      }
      return {
        server,
        facts,
        ground,
        close,
        keep(failed) {
          const alive = [server, ...seconds].filter((one) => one.running);
          const kills = alive.map(({ handle }) => `kill ${handle.pid}`);
          const groups = cell === undefined ? [] : [`rmdir '${cell.path}'`];
          const places = place?.endCommands ?? [];
          const endCommands = [...kills, ...store.endCommands, ...groups, ...places, `rm -rf '${workFolder}'`];
          context.kept({ failed, url: baseUrl(), endCommands });
        },
      };
    } catch (error) {
      await close();
      throw error;
    }
  };
}
