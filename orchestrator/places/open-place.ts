import { join } from 'node:path';
import type { Probe } from '../../reports/schema.ts';
import type { PlaceDemand } from '../../suites/suite.ts';
import type { Environment } from '../environment.ts';
import { isRoot } from '../machine.ts';
import { findSystemProgram, runProgram } from '../programs.ts';
import { openExt4, openTmpfs } from './mounted-place.ts';
import type { Place, PlaceContext } from './place.ts';
import { openPrivateTmpfs } from './private-place.ts';

let places = 0;

/** Whether this process may mount for all to see. */
async function probeMount(environment: Environment): Promise<string | undefined> {
  if (!isRoot()) return 'only root may mount';
  // A namespace of its own is refused to a root without the right to mount.
  return runProgram('unshare', ['--mount', 'true'], environment).then(
    () => undefined,
    () => 'this root may not mount: it lacks CAP_SYS_ADMIN',
  );
}

async function probeNamespace(environment: Environment): Promise<string | undefined> {
  if (findSystemProgram('nsenter', environment) === undefined) return 'nsenter is not on this machine';
  return runProgram('unshare', ['--user', '--map-root-user', '--mount', 'true'], environment).then(
    () => undefined,
    (error: unknown) => `no mount namespace of one's own: ${(error as Error).message}`,
  );
}

const asRoot = 'run as root (sudo), where mounting is allowed';

/**
 * Whether such a place can be had. `shared`: processes that the harness does not start itself must see it, as a
 * container does; such a one only root can make. Leaves nothing behind; does not reject.
 */
export async function probePlace(
  kind: PlaceDemand['kind'],
  shared: boolean,
  environment: Environment,
): Promise<Omit<Probe, 'name'>> {
  const refused = await probeMount(environment);
  if (kind === 'tmpfs') {
    if (refused === undefined) return { available: true, reason: 'a mounted tmpfs', mend: null };
    const alone = shared ? refused : await probeNamespace(environment);
    if (alone !== undefined) {
      const reason = shared ? refused : `${refused}; ${alone}`;
      return { available: false, reason, mend: shared ? asRoot : `${asRoot}, or allow user namespaces` };
    }
    return { available: true, reason: 'a tmpfs in a mount namespace of its own', mend: null };
  }
  if (refused !== undefined) return { available: false, reason: refused, mend: asRoot };
  try {
    await runProgram('losetup', ['--find'], environment);
    await runProgram('mkfs.ext4', ['-V'], environment);
    return { available: true, reason: 'ext4 on a loop device', mend: null };
  } catch (error) {
    const mend = 'install util-linux and e2fsprogs on a machine that has loop devices';
    return { available: false, reason: (error as Error).message, mend };
  }
}

/** `shared`: see probePlace. Rejects where it cannot be had. */
export async function openPlace(demand: PlaceDemand, shared: boolean, context: PlaceContext): Promise<Place> {
  places += 1;
  const folder = join(context.workFolder, `place-${places}`);
  if (demand.kind === 'ext4') return openExt4(folder, demand.bytes, context);
  const mountable = (await probeMount(context.environment)) === undefined;
  if (!mountable && shared) throw new Error(`${folder} cannot be mounted: ${asRoot}`);
  const open = mountable ? openTmpfs : openPrivateTmpfs;
  return open(folder, demand.bytes, context);
}
