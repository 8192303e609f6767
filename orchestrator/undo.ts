/**
 * Undoes what a ledger names, in the order in which one thing holds another: processes, containers with their
 * volumes, shares of foreign stores, folders. Each step is bounded in time; what cannot be undone is named with the
 * command that a person can give.
 */

import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Environment } from './environment.ts';
import type { LedgerContent, Resource } from './ledger.ts';
import { containerLabel } from './ledger.ts';
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
  const problem = await within(
    stepTimeoutMs,
    removeContainersOfRun(content.owner.id).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    ),
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
  const problem = await within(
    stepTimeoutMs,
    drop.then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    ),
    `the store did not answer within ${stepTimeoutMs / 1000} s`,
  );
  if (problem === undefined) return undefined;
  const what = `${share.name} on the ${share.backend} store of ${share.variable}`;
  return { what, reason: problem, command: engine.dropCommand(share.variable, share.name) };
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

/** Resolves with what is left; it does not reject. */
export async function undo(content: LedgerContent, environment: Environment): Promise<Leftover[]> {
  const leftovers = [...(await undoProcesses(content)), ...(await undoContainers(content))];
  for (const resource of content.resources) {
    const left =
      resource.kind === 'share'
        ? await undoShare(resource, environment)
        : resource.kind === 'folder'
          ? await undoFolder(resource.path, content.owner.id)
          : undefined;
    if (left !== undefined) leftovers.push(left);
  }
  return leftovers;
}
