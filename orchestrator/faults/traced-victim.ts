/** The process that a tracer is attached to, on either side, and its way back. */

import type { Probe } from '../../reports/schema.ts';
import type { DiskCall, Victim } from '../../suites/fault.ts';
import { identifyProcess, isAlive } from '../process-identity.ts';
import type { StoreControl } from '../providers/provider.ts';
import type { FaultContext, FaultGround } from './injection.ts';
import { victimOf } from './injection.ts';
import { attachTracer, probeTracer, processTree, type Tracer } from './tracer.ts';
import { waitUntilServing, waitUntilServingOrEnded } from './wait-until-serving.ts';

/** A tracer can be had on what the harness starts, on this machine. */
export async function probeTraced({ environment, source }: FaultContext): Promise<Omit<Probe, 'name'>> {
  if (source.provider === 'external') {
    const mend = 'let the harness start it: --provider auto';
    return { available: false, reason: 'the store is not ours to trace', mend };
  }
  const probe = await probeTracer(environment);
  if (!probe.available || source.provider !== 'container') return probe;
  const engine = environment.DOCKER_HOST;
  if (engine !== undefined && !engine.startsWith('unix:')) {
    return { available: false, reason: 'the container engine is on another machine', mend: 'unset DOCKER_HOST' };
  }
  if (process.getuid?.() === 0) return probe;
  return { available: false, reason: 'processes of a container belong to root', mend: 'run as root' };
}

export interface TracedVictim {
  /** `server, process 7` or `store, container 0123abcd`. */
  readonly target: string;
  readonly tracer: Tracer;
  /** Whether it is dead, all of it. */
  readonly ended: () => Promise<boolean>;
  /** Lets go of it, starts it again where it has ended or `kill` is set, waits until it serves, and says what was done. */
  recover(): Promise<string>;
}

/** Attaches to the victim. From then on its death is no surprise, until `recover`. */
export async function traceVictim(
  fault: FaultGround,
  victim: Victim,
  { call, tampering }: { readonly call: DiskCall; readonly tampering: string },
): Promise<TracedVictim> {
  const { ground, signal } = fault;
  const { means } = ground;
  if (means === undefined) throw new Error('a target is not ours to trace');
  const attach: Attach = (pids) => attachTracer({ pids, call, tampering, signal, ...means });
  if (victimOf(fault, victim) === 'server') return traceServer(fault, attach);
  const control = ground.store?.control;
  if (control === undefined) throw new Error('the store of this case is not ours to trace');
  return traceStore(fault, control, attach);
}

type Attach = (pids: readonly number[]) => Promise<Tracer>;

async function traceServer(fault: FaultGround, attach: Attach): Promise<TracedVictim> {
  const { server } = fault;
  const { pid } = server.handle;
  const endExcuse = server.excuseDeath();
  const tracer = await attach([pid]).catch((error: unknown) => {
    endExcuse();
    throw error;
  });
  return {
    target: `server, process ${pid}`,
    tracer,
    ended: async () => !server.running,
    async recover() {
      await tracer.detach();
      await waitUntilServingOrEnded(fault);
      endExcuse();
      if (server.running) return `process ${pid} lived on`;
      await server.handle.restart();
      return `process ${pid} ended, process ${server.handle.pid} took over`;
    },
  };
}

async function traceStore(fault: FaultGround, control: StoreControl, attach: Attach): Promise<TracedVictim> {
  const pid = await control.pid();
  const first = identifyProcess(pid);
  if (first === undefined) throw new Error(`${control.name} has no process ${pid} on this machine`);
  const { name } = control;
  const tracer = await attach(processTree(pid));
  const ended = async (): Promise<boolean> => !isAlive(first);
  return {
    target: `store, ${name}`,
    tracer,
    ended,
    async recover() {
      await tracer.detach();
      // A store of several processes may have lost one alone: the rest goes after it, as one machine would.
      const gone = tracer.killed || (await ended());
      const how = gone ? await control.kill() : undefined;
      if (gone) await control.start();
      await waitUntilServing(fault);
      return gone ? `${name} ended (${how}) and was started again` : `${name} lived on`;
    },
  };
}
