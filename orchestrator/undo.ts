/**
 * Undoes what a ledger names, in the order in which one thing holds another: processes, containers with their
 * volumes, mounts, loop devices, control groups, shares of foreign stores, folders. Each step is bounded in time; what
 * cannot be undone is named with the command that a person can give.
 */

import { rm } from 'node:fs/promises';
import { basename, sep } from 'node:path';
import type { Environment } from './environment.ts';
import type { LedgerContent, Resource } from './ledger.ts';
import { containerLabel } from './ledger.ts';
import { removeCell } from './memory-cell.ts';
import { detachLoops, unmount } from './places/mounts.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { isAlive, processesOfRun, readBootId, signalProcess } from './process-identity.ts';
import { removeContainersOfRun } from './providers/container-engine.ts';
import { storeEngines } from './providers/engines/registry.ts';
import { waitFor, within } from './wait.ts';

/** Something that is still there, why, and how a person removes it. */
export interface Leftover {
  readonly what: string;
  readonly reason: string;
  readonly command: string;
}

const stepTimeoutMs = 20_000;

/** Why a step failed; undefined when it did not. */
function problemOf(step: Promise<void>, late: string): Promise<string | undefined> {
  const ended = step.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return within(stepTimeoutMs, ended, late);
}

async function undoProcesses(content: LedgerContent): Promise<Leftover[]> {
  if (content.owner.bootId !== readBootId()) return [];
  const recorded = content.resources.flatMap((resource) =>
    resource.kind === 'process' && resource.identity !== null ? [resource.identity] : [],
  );
  const living = (): ProcessIdentity[] => [
    ...recorded.filter(isAlive),
    ...processesOfRun(content.owner.id).filter(({ pid }) => recorded.every((known) => known.pid !== pid)),
  ];
  const kill = async (): Promise<true | undefined> => {
    const left = living();
    for (const identity of left) signalProcess(identity, 'SIGKILL');
    return left.length === 0 ? true : undefined;
  };
  const done = await waitFor('the processes to end', kill, { timeoutMs: 5000, intervalMs: 20 }).catch(() => false);
  if (done) return [];
  return living().map(({ pid }) => ({
    what: `process ${pid}`,
    reason: 'it did not end within 5 s of SIGKILL',
    command: `kill -9 ${pid}`,
  }));
}

async function undoContainers(content: LedgerContent): Promise<Leftover[]> {
  if (content.resources.every((resource) => resource.kind !== 'container')) return [];
  const label = `${containerLabel}=${content.owner.id}`;
  const problem = await problemOf(
    removeContainersOfRun(content.owner.id),
    `the container engine did not answer within ${stepTimeoutMs / 1000} s`,
  );
  if (problem === undefined) return [];
  const command = `docker rm -f -v $(docker ps -aq --filter label=${label})`;
  return [{ what: `containers labelled ${label}`, reason: problem, command }];
}

async function undoShare(
  share: Extract<Resource, { kind: 'share' }>,
  environment: Environment,
): Promise<Leftover | undefined> {
  const engine = storeEngines[share.backend];
  const url = environment[share.variable];
  const drop =
    url === undefined ? Promise.reject(new Error(`${share.variable} is not set`)) : engine.drop(url, share.name);
  const problem = await problemOf(drop, `the store did not answer within ${stepTimeoutMs / 1000} s`);
  if (problem === undefined) return undefined;
  const what = `${share.name} on the ${share.backend} store of ${share.variable}`;
  return { what, reason: problem, command: engine.dropCommand(share.variable, share.name) };
}

async function undoCgroup(path: string, runId: string): Promise<Leftover | undefined> {
  if (!basename(path).includes(runId)) return undefined;
  try {
    await removeCell(path);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { what: `control group ${path}`, reason, command: `rmdir '${path}'` };
  }
}

async function undoFolder(path: string, runId: string): Promise<Leftover | undefined> {
  // A folder of a run carries the run's id: a damaged ledger cannot name anything else.
  if (!basename(path).includes(runId)) return undefined;
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { what: `folder ${path}`, reason, command: `rm -rf '${path}'` };
  }
}

/** What lies in a folder of the run: a damaged ledger cannot name anything else. */
function isOfRun(path: string, runId: string): boolean {
  return path.split(sep).some((part) => part.includes(runId));
}

async function undoMount(path: string, environment: Environment): Promise<Leftover | undefined> {
  const reason = await problemOf(unmount(path, environment), `umount did not end within ${stepTimeoutMs / 1000} s`);
  return reason === undefined ? undefined : { what: `mount ${path}`, reason, command: `umount '${path}'` };
}

async function undoLoop(file: string, environment: Environment): Promise<Leftover | undefined> {
  const reason = await problemOf(
    detachLoops(file, environment),
    `losetup did not end within ${stepTimeoutMs / 1000} s`,
  );
  const command = `losetup -d $(losetup -n -O NAME -j '${file}')`;
  return reason === undefined ? undefined : { what: `loop device of ${file}`, reason, command };
}

async function heldFolder(path: string): Promise<Leftover> {
  const reason = 'a file system is mounted below it still';
  return { what: `folder ${path}`, reason, command: `rm -rf --one-file-system '${path}'` };
}

/** Resolves with what is left; it does not reject. */
export async function undo(content: LedgerContent, environment: Environment): Promise<Leftover[]> {
  const leftovers = [...(await undoProcesses(content)), ...(await undoContainers(content))];
  const { id } = content.owner;
  const each = async (step: (resource: Resource) => Promise<Leftover | undefined> | undefined): Promise<void> => {
    // What was made last lies on what was made before.
    for (const resource of content.resources.toReversed()) {
      const left = await step(resource);
      if (left !== undefined) leftovers.push(left);
    }
  };
  const before = leftovers.length;
  await each((one) => (one.kind === 'mount' && isOfRun(one.path, id) ? undoMount(one.path, environment) : undefined));
  await each((one) => (one.kind === 'loop' && isOfRun(one.file, id) ? undoLoop(one.file, environment) : undefined));
  // The file behind a device must stay as long as the device is to be found by it.
  const held = leftovers.length > before;
  await each((one) => (one.kind === 'cgroup' ? undoCgroup(one.path, id) : undefined));
  await each((one) => (one.kind === 'share' ? undoShare(one, environment) : undefined));
  await each((one) => (one.kind === 'folder' ? (held ? heldFolder(one.path) : undoFolder(one.path, id)) : undefined));
  return leftovers;
}
