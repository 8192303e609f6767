/** A file system without room: a file takes what is free of the case's place. */

import { rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskFullOptions } from '../../suites/fault.ts';
import { probePlace } from '../places/open-place.ts';
import { runProgram } from '../programs.ts';
import { describeExit } from '../tracked-process.ts';
import { waitFor } from '../wait.ts';
import type { FaultGround, Injection, ProbeFault } from './injection.ts';
import { placeOf } from './injection.ts';
import { waitUntilServing } from './wait-until-serving.ts';

export const probeDiskFull: ProbeFault = async ({ source, environment, places }) => {
  if (source.provider === 'external') {
    return {
      available: false,
      reason: 'the store has its own disk',
      mend: 'let the harness start it: --provider auto',
    };
  }
  const shared = source.provider === 'container';
  const kinds = places.length === 0 ? (['tmpfs'] as const) : places;
  const found = await Promise.all(kinds.map((kind) => probePlace(kind, shared, environment)));
  return found.find(({ available }) => !available) ?? found[0] ?? probePlace('tmpfs', shared, environment);
};

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * Writers take and free blocks meanwhile, so what is left is looked at again and again, and less of it is asked for
 * after they were quicker.
 */
async function takeSpace(root: string, leaveBytes: number, fault: FaultGround): Promise<string[]> {
  const taken: string[] = [];
  let share = 1;
  const look = async (): Promise<true | undefined> => {
    const excess = (await freeBytes(root)) - leaveBytes;
    if (excess <= 0) return true;
    const file = join(root, `ballast-${taken.length}`);
    taken.push(file);
    const length = Math.ceil(excess * share);
    share /= 2;
    await runProgram('fallocate', ['--length', String(length), file], fault.environment);
    share = 1;
    return undefined;
  };
  try {
    await waitFor('the place to be full', look, { timeoutMs: 10_000, intervalMs: 1, signal: fault.signal });
    return taken;
  } catch (error) {
    for (const file of taken) rmSync(file, { force: true });
    throw error;
  }
}

/** Starts what has ended, as a supervisor would, until the server serves. */
async function supervise(fault: FaultGround): Promise<string[]> {
  const { server, ground } = fault;
  const control = ground.store?.control;
  const started: string[] = [];
  const serve = async (): Promise<true> => {
    const ended = await control?.ended();
    if (ended !== undefined) {
      started.push(`the store ended (${ended}) and was started again`);
      await control?.start();
    }
    if (!server.running) {
      started.push('the server ended and was started again');
      await server.handle.restart();
    }
    await waitUntilServing(fault, 2000);
    return true;
  };
  await waitFor('the service after the disk was full', serve, { timeoutMs: 60_000, signal: fault.signal });
  return started;
}

export async function diskFull(fault: FaultGround, { leaveBytes, mayEnd }: DiskFullOptions): Promise<Injection> {
  const { root, kind } = placeOf(fault);
  const endExcuse = mayEnd ? fault.server.excuseDeath() : undefined;
  const ballast = await takeSpace(root, leaveBytes, fault);
  const free = await freeBytes(root);
  return {
    target: `the ${kind} under the data`,
    async heal() {
      for (const file of ballast) rmSync(file);
      const back = await freeBytes(root);
      const started = mayEnd ? await supervise(fault) : [];
      const exit = endExcuse?.();
      const how = exit === undefined ? [] : [`the server's end: ${describeExit(exit)}`];
      if (free > leaveBytes || back <= free) return undefined;
      return [
        `statfs said ${free} bytes free where ${leaveBytes} were the bound, ${back} after`,
        ...started,
        ...how,
      ].join('; ');
    },
  };
}
