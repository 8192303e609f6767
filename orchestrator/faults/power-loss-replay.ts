/**
 * Power losses without a disk to cut off: what the server wrote and flushed is recorded, and at moments of the recording
 * the file is made as the disk may then have held it. A server is started on each.
 */

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CrashPoint } from '../../suites/fault.ts';
import { createCaseClient } from '../case-client.ts';
import type { Environment } from '../environment.ts';
import { identifyProcess, isAlive, type ProcessIdentity } from '../process-identity.ts';
import { findSystemProgram, runProgram } from '../programs.ts';
import { waitFor } from '../wait.ts';
import { type CrashImage, replayCrashPoints } from './crash-points.ts';
import { dataFolderOf, type FaultGround, type Injection, type ProbeFault } from './injection.ts';
import { readWriteTrace, tracedCalls } from './write-trace.ts';

const dataFile = 'data.mdb';
/** Of the living process: a disk does not keep it. */
const lockFile = 'lock.mdb';

export const probePowerLossReplay: ProbeFault = async ({ source, environment }) => {
  const mend = 'install strace 5.3 or newer, where processes may be traced (SYS_PTRACE in a container)';
  if (source.backend !== 'lmdb')
    return { available: false, reason: 'only what the server writes is recorded', mend: null };
  try {
    await runProgram(
      'strace',
      ['-D', '-f', '--seccomp-bpf', '-o', '/dev/null', '-e', 'trace=openat', 'true'],
      environment,
    );
    return { available: true, reason: 'system calls recorded by strace', mend: null };
  } catch (error) {
    return { available: false, reason: (error as Error).message, mend };
  }
};

/**
 * What stands before the server's command so that its writes are recorded. With -D the tracer stands beside it: the
 * process that is started is the server's own.
 */
export function recordPowerTrace(file: string, environment: Environment): string[] {
  const strace = findSystemProgram('strace', environment) ?? 'strace';
  const calls = ['-e', `trace=${tracedCalls}`, '-e', 'signal=none'];
  return [strace, '-D', '-f', '--seccomp-bpf', '-xx', '-s', '20000000', '-o', file, ...calls];
}

/** Who traces the process. */
function tracerOf(pid: number): ProcessIdentity {
  const [, tracer = '0'] = /^TracerPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const identity = identifyProcess(Number(tracer));
  if (identity === undefined) throw new Error(`nothing records process ${pid}`);
  return identity;
}

/** The tracer writes its last lines after the death, and ends. */
async function killRecorded({ server, signal }: FaultGround): Promise<void> {
  const tracer = tracerOf(server.handle.pid);
  await server.handle.kill();
  const ended = async (): Promise<true | undefined> => (isAlive(tracer) ? undefined : true);
  await waitFor('the end of the recording', ended, { timeoutMs: 20_000, intervalMs: 10, signal });
}

/** The folder as a restart would find it. */
function writeImage(image: CrashImage, from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const left = entry.name === dataFile || entry.name === lockFile || !entry.isFile();
    if (!left) copyFileSync(join(from, entry.name), join(to, entry.name));
  }
  writeFileSync(join(to, dataFile), image.content);
}

function describeImage({ line, keep, unflushed, dropped, acknowledged }: CrashImage): string {
  return `power lost before call ${line} with ${acknowledged.size} writes acknowledged; of ${unflushed} writes that were not flushed the disk kept ${keep}, ${dropped} were lost or torn`;
}

export async function powerLossReplay(
  fault: FaultGround,
  points: number,
  judge: (point: CrashPoint) => Promise<void>,
): Promise<Injection> {
  const { ground, server, signal } = fault;
  const { recording, startCopy } = ground;
  if (recording === undefined || startCopy === undefined) throw new Error("the case's stage does not record writes");
  const { pid } = server.handle;
  await killRecorded(fault);
  const trace = await readWriteTrace(recording, dataFile);
  const from = dataFolderOf(fault);
  const seen = { points: 0, unflushed: 0, dropped: 0 };
  for (const image of replayCrashPoints(trace, points, fault.random.split('crash points'))) {
    signal.throwIfAborted();
    // Without a dot: LMDB takes a name with one for that of a file.
    const folder = `${recording.replaceAll('.', '-')}-${seen.points}`;
    writeImage(image, from, folder);
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rmSync(folder, { recursive: true, force: true }));
    await judge({
      what: describeImage(image),
      acknowledged: image.acknowledged,
      async start() {
        const copy = stack.use(await startCopy(folder));
        const baseUrl = (): string => copy.handle.baseUrl;
        return stack.use(createCaseClient({ baseUrl, signal, authorization: ground.authorization }));
      },
    });
    seen.points += 1;
    seen.unflushed += image.unflushed;
    seen.dropped += image.dropped;
  }
  return {
    target: `the disk of the server, process ${pid}`,
    async heal() {
      if (seen.dropped === 0) return undefined;
      return `${seen.points} crash points; of ${seen.unflushed} writes that were not flushed ${seen.dropped} were lost or torn`;
    },
  };
}
