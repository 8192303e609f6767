/** Mounts and loop devices of this machine, as far as places need them. */

import { readFileSync } from 'node:fs';
import type { Environment } from '../environment.ts';
import { runProgram } from '../programs.ts';
import { waitFor } from '../wait.ts';

/** What is in the way (a writer that is ending, a namespace that is going) goes within moments. */
const goesWithinMs = 10_000;

/** Mount points, as the kernel tells them: proc(5), /proc/pid/mountinfo, field 5 with octal escapes. */
export function isMounted(folder: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .some((line) => unescapeOctal(line.split(' ')[4] ?? '') === folder);
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Resolves once nothing is mounted there; rejects with what the system says when it stays busy. */
export async function unmount(folder: string, environment: Environment): Promise<void> {
  const look = async (): Promise<true | undefined> => {
    if (!isMounted(folder)) return true;
    await runProgram('umount', [folder], environment);
    return undefined;
  };
  await waitFor(`${folder} to be unmounted`, look, { timeoutMs: goesWithinMs, intervalMs: 100 });
}

/** Loop devices of that file. */
export async function loopDevicesOf(file: string, environment: Environment): Promise<string[]> {
  const listed = await runProgram('losetup', ['--associated', file, '--noheadings', '--output', 'NAME'], environment);
  return listed.split('\n').filter((line) => line !== '');
}

/** A device that is still in use goes only with its last user, so it is looked at until none is left. */
export async function detachLoops(file: string, environment: Environment): Promise<void> {
  const look = async (): Promise<true | undefined> => {
    const devices = await loopDevicesOf(file, environment);
    for (const device of devices) await runProgram('losetup', ['--detach', device], environment);
    return devices.length === 0 ? true : undefined;
  };
  await waitFor(`the loop device of ${file} to go`, look, { timeoutMs: goesWithinMs, intervalMs: 100 });
}
