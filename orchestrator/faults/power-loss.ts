/**
 * The power fails: the file system of the case's place is cut off from its device without its journal being flushed
 * (EXT4_IOC_SHUTDOWN, linux/fs/ext4/ext4.h), what holds the data is killed, and the file system is mounted again as the
 * device then is.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../environment.ts';
import { probePlace } from '../places/open-place.ts';
import { findSystemProgram, runProgram } from '../programs.ts';
import type { FaultGround, Injection, ProbeFault } from './injection.ts';
import { killHolder, placeOf, startHolder } from './injection.ts';

/** _IOR('X', 125, __u32); 2 is EXT4_GOING_FLAGS_NOLOGFLUSH: what the journal has not written yet is lost too. */
const shutdownRequest = 0x8004587d;
const noLogFlush = 2;

/** Programs that can do the call on a file of the file system; the first that is here is used. */
const callers: Readonly<Record<string, (file: string) => string[]>> = {
  perl: (file) => [
    '-e',
    `open(my $f, '<', $ARGV[0]) or die "$!\\n"; my $v = pack('L', ${noLogFlush}); ioctl($f, ${shutdownRequest}, $v) or die "$!\\n"`,
    file,
  ],
  python3: (file) => [
    '-c',
    `import fcntl, struct, sys; fcntl.ioctl(open(sys.argv[1]), ${shutdownRequest}, struct.pack('I', ${noLogFlush}))`,
    file,
  ],
  xfs_io: (file) => ['-x', '-c', 'shutdown', file],
};

function findCaller(environment: Environment): string | undefined {
  return Object.keys(callers).find((name) => findSystemProgram(name, environment) !== undefined);
}

export const probePowerLoss: ProbeFault = async ({ source, environment }) => {
  if (source.provider === 'external') {
    return {
      available: false,
      reason: 'the store has its own disk',
      mend: 'let the harness start it: --provider auto',
    };
  }
  const place = await probePlace('ext4', source.provider === 'container', environment);
  if (!place.available) return place;
  const caller = findCaller(environment);
  if (caller !== undefined) return { ...place, reason: `${place.reason}, cut off by ${caller}` };
  const names = Object.keys(callers);
  return {
    available: false,
    reason: `none of ${names.join(', ')} is here to cut a file system off`,
    mend: 'install perl, python3 or xfsprogs',
  };
};

/** Written before and never flushed: what has become of it shows that the loss was one. */
const canaryBytes = 65_536;

function lookAtCanary(file: string): string | undefined {
  try {
    const left = readFileSync(file);
    const zeros = left.filter((byte) => byte === 0).length;
    const lost = canaryBytes - left.length + zeros;
    return lost === 0 ? undefined : `of a file with ${canaryBytes} bytes that were not flushed ${lost} are gone`;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
    return `a file of ${canaryBytes} bytes that were not flushed is gone`;
  }
}

export async function powerLoss(fault: FaultGround): Promise<Injection> {
  const { root, disk } = placeOf(fault);
  if (disk === undefined) throw new Error('a place in memory has no power to lose: the case must ask for ext4');
  const caller = findCaller(fault.environment);
  const argumentsFor = caller === undefined ? undefined : callers[caller];
  if (caller === undefined || argumentsFor === undefined) throw new Error('nothing can cut the file system off');
  const canary = join(root, 'not-flushed');
  rmSync(canary, { force: true });
  writeFileSync(canary, Buffer.alloc(canaryBytes, 1));
  // A server that is writing may end by itself between the cut and its kill.
  const endExcuse = fault.server.excuseDeath();
  await runProgram(caller, argumentsFor(canary), fault.environment);
  const target = await killHolder(fault);
  endExcuse();
  return {
    target,
    async heal() {
      await disk.unmount();
      await disk.mount();
      const evidence = lookAtCanary(canary);
      await startHolder(fault);
      return evidence === undefined ? undefined : `${evidence}; ${target} ended by SIGKILL and started again`;
    },
  };
}
