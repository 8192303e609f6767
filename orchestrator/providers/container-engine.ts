/** The container engine of this machine, through testcontainers, which takes 0.6 s to load: only when it is needed. */

import { accessSync, constants, existsSync } from 'node:fs';
import type { ContainerRuntimeClient } from 'testcontainers';
import type { Probe } from '../../reports/schema.ts';
import { processEnvironment } from '../environment.ts';
import { containerLabel } from '../ledger.ts';
import { waitFor } from '../wait.ts';

const engineMend = 'install Docker or Podman and start it, or set DOCKER_HOST to one that runs';

/**
 * testcontainers with its reaper off unless the user has decided: the reaper needs an image of its own, and the
 * harness cleans up by its ledger and label.
 */
export async function loadTestcontainers(): Promise<typeof import('testcontainers')> {
  if (processEnvironment.TESTCONTAINERS_RYUK_DISABLED === undefined) {
    Object.assign(processEnvironment, { TESTCONTAINERS_RYUK_DISABLED: 'true' });
  }
  return import('testcontainers');
}

export async function connectEngine(): Promise<ContainerRuntimeClient> {
  const { getContainerRuntimeClient } = await loadTestcontainers();
  return getContainerRuntimeClient();
}

export async function probeContainerEngine(): Promise<Probe> {
  try {
    const { info } = await connectEngine();
    const { serverVersion, operatingSystem } = info.containerRuntime;
    return { name: 'container-engine', available: true, reason: `${serverVersion} on ${operatingSystem}`, mend: null };
  } catch {
    return { name: 'container-engine', available: false, ...explainAbsence() };
  }
}

const usualSocket = '/var/run/docker.sock';

function explainAbsence(): Pick<Probe, 'reason' | 'mend'> {
  const url = processEnvironment.DOCKER_HOST;
  if (url !== undefined) return { reason: `no container engine answers at DOCKER_HOST ${url}`, mend: engineMend };
  if (!existsSync(usualSocket)) return { reason: 'no container engine answers', mend: engineMend };
  try {
    accessSync(usualSocket, constants.R_OK | constants.W_OK);
    return { reason: `no container engine answers at ${usualSocket}`, mend: engineMend };
  } catch {
    const mend = 'add this user to the group of that socket (docker), or set DOCKER_HOST to an engine that it may use';
    return { reason: `${usualSocket} is not open to this user`, mend };
  }
}

export interface ImageFacts {
  readonly digest: string | null;
  /** Entry point and command, as the image has them. */
  readonly runs: readonly string[];
  /** Folders that it declares as volumes. */
  readonly volumes: readonly string[];
}

/** Undefined when the image is not on this machine. */
export async function inspectImage(name: string): Promise<ImageFacts | undefined> {
  const { container } = await connectEngine();
  try {
    const found = await container.dockerode.getImage(name).inspect();
    const { Entrypoint: entrypoint, Cmd: command, Volumes: volumes } = found.Config;
    const runs = [entrypoint ?? [], command ?? []].flat();
    const digest = found.RepoDigests?.[0]?.split('@')[1] ?? found.Id ?? null;
    return { digest, runs, volumes: Object.keys(volumes ?? {}) };
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

/** Containers of the run, running or not. */
export async function containersOfRun(runId: string): Promise<string[]> {
  const { container } = await connectEngine();
  const found = await container.dockerode.listContainers({
    all: true,
    filters: { label: [`${containerLabel}=${runId}`] },
  });
  return found.map(({ Id }) => Id);
}

/** Kills and removes the container with its volumes; one that is gone already is no error. */
export async function removeContainer(id: string): Promise<void> {
  const { container } = await connectEngine();
  try {
    await container.dockerode.getContainer(id).remove({ force: true, v: true });
  } catch (error) {
    // 404: gone. 409: someone else is removing it.
    if (![404, 409].includes((error as { statusCode?: number }).statusCode ?? 0)) throw error;
  }
}

/**
 * A request to create a container may still be under way when its sender dies, so the label is looked up until it
 * was found empty twice, half a second apart.
 */
export async function removeContainersOfRun(runId: string): Promise<void> {
  let emptyLooks = 0;
  const look = async (): Promise<true | undefined> => {
    const ids = await containersOfRun(runId);
    await Promise.all(ids.map(removeContainer));
    emptyLooks = ids.length === 0 ? emptyLooks + 1 : 0;
    return emptyLooks >= 2 ? true : undefined;
  };
  await waitFor('the containers to go', look, { timeoutMs: 15_000, intervalMs: 500 });
}
