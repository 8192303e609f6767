/** What every fault is made of. */

import { join } from 'node:path';
import type { Probe } from '../../reports/schema.ts';
import type { ActiveFault, Victim } from '../../suites/fault.ts';
import type { Random } from '../../suites/random.ts';
import type { PlaceDemand, Stage } from '../../suites/suite.ts';
import { CaseInconclusive } from '../../suites/verdict.ts';
import type { Environment } from '../environment.ts';
import type { StoreSource } from '../find-stores.ts';
import type { Ground } from '../ground.ts';
import type { Place } from '../places/place.ts';
import type { ServerProcess } from '../server-process.ts';
import { waitUntilServing } from './wait-until-serving.ts';

/** What a probe looks at. */
export interface FaultContext {
  readonly environment: Environment;
  readonly source: StoreSource & { readonly found: true };
  /** What the places are of the cases that want it; empty: what would do for it. */
  readonly places: readonly PlaceDemand['kind'][];
}

/** Whether the fault can be had here. Changes nothing that outlives it; does not reject. */
export type ProbeFault = (context: FaultContext) => Promise<Omit<Probe, 'name'>>;

/** What an injector works on: the case's own server and store. */
export interface FaultGround {
  readonly ground: Ground;
  readonly server: ServerProcess;
  readonly signal: AbortSignal;
  readonly environment: Environment;
  /** For what a fault chooses; the case's seed decides it. */
  readonly random: Random;
}

/** A fault that has begun. */
export interface Injection {
  /** What was hit, for the report. */
  readonly target: string;
  /** Ends it and waits until what it hit works again. Resolves with what showed that it fired; undefined: nothing. */
  heal(): Promise<string | undefined>;
}

/** Who is really hit: on an embedded store the server holds the data. */
export function victimOf({ ground }: FaultGround, victim: Victim): 'server' | 'store' {
  return victim === 'server' || ground.store?.provider === 'embedded' ? 'server' : 'store';
}

/** The case's place. Throws when it has asked for none. */
export function placeOf({ ground }: FaultGround): Place {
  if (ground.place === undefined) throw new Error("the case's stage has no place");
  return ground.place;
}

/** Where the files of the data are, as this process reaches them. */
export function dataFolderOf({ ground }: FaultGround): string {
  const folder = ground.place === undefined ? ground.dataFolder : join(ground.place.root, 'data');
  if (folder === undefined) throw new Error('the data of this case are out of reach');
  return folder;
}

/** SIGKILL of what holds the data; resolves at its death with its name. */
export async function killHolder(fault: FaultGround): Promise<string> {
  const { server, ground } = fault;
  if (victimOf(fault, 'holder') === 'server') {
    const { pid } = server.handle;
    await server.handle.kill();
    return `server, process ${pid}`;
  }
  const control = ground.store?.control;
  if (control === undefined) throw new Error('the store of this case is not ours to kill');
  await control.kill();
  return `store, ${control.name}`;
}

/** Starts it again; resolves when the server serves. */
export async function startHolder(fault: FaultGround): Promise<void> {
  if (victimOf(fault, 'holder') === 'server') return fault.server.handle.restart();
  await fault.ground.store?.control?.start();
  await waitUntilServing(fault);
}

/** Notes a fault from its beginning to its end. `caseStarted`: when the case began, by performance.now(). */
export function createFaultRecorder(note: Stage['note'], caseStarted: number) {
  const sinceStart = (): number => Math.round(performance.now() - caseStarted);
  return async function record(name: string, inject: () => Promise<Injection>): Promise<ActiveFault> {
    const fromMs = sinceStart();
    const { target, heal } = await inject();
    let healed: Promise<void> | undefined;
    const end = async (): Promise<void> => {
      const evidence = await heal();
      if (evidence === undefined) {
        throw new CaseInconclusive('fault_did_not_fire', `nothing shows that the fault ${name} on ${target} fired`);
      }
      note.fault({ name, target, fromMs, toMs: sinceStart(), evidence });
    };
    return {
      begunNs: process.hrtime.bigint(),
      heal: () => {
        healed ??= end();
        return healed;
      },
    };
  };
}
