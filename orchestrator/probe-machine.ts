/** Everything that `doctor` looks at. Each probe says why, and what would make it available. */

import { statfsSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import type { Probe } from '../reports/schema.ts';
import type { StoreSource } from './find-stores.ts';
import { findStores } from './find-stores.ts';
import { findK6 } from './k6.ts';
import { probeFaultTools } from './probe-fault-tools.ts';
import { probeAllFaults } from './probe-faults.ts';
import { inspectImage, probeContainerEngine } from './providers/container-engine.ts';
import type { ProbeContext } from './providers/provider.ts';

const usualDiskBytes = 2_000_000_000;

function probeNode(): Probe {
  const reason = `${process.version} at ${process.execPath}`;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const available = major > 24 || (major === 24 && minor >= 15);
  return { name: 'node', available, reason, mend: available ? null : 'use Node 24.15 or newer; npm ci brings one' };
}

function probeRoot(): Probe {
  const { uid, username } = userInfo();
  if (uid === 0) return { name: 'root', available: true, reason: 'this is root', mend: null };
  const reason = `this is ${username}; what needs root is named with each fault`;
  return { name: 'root', available: false, reason, mend: null };
}

function probeDisk(): Probe {
  const { bavail, bsize } = statfsSync(tmpdir());
  const free = bavail * bsize;
  const available = free >= usualDiskBytes;
  const reason = `${Math.floor(free / 1e6)} MB free at ${tmpdir()}`;
  return {
    name: 'disk',
    available,
    reason,
    mend: available ? null : 'free 2 GB there, or set TMPDIR to where they are',
  };
}

async function probeImage(name: string, image: string, engine: Probe): Promise<Probe> {
  if (!engine.available) return { name, available: false, reason: engine.reason, mend: engine.mend };
  const facts = await inspectImage(image);
  if (facts === undefined)
    return { name, available: false, reason: `${image} is not here`, mend: `docker pull ${image}` };
  return { name, available: true, reason: `${image} ${facts.digest ?? ''}`.trim(), mend: null };
}

function probeBackend(source: StoreSource): Probe {
  const name = `backend ${source.backend}`;
  if (!source.found) return { name, available: false, reason: source.reason, mend: source.mend };
  return { name, available: true, reason: `${source.provider}: ${source.reason}`, mend: null };
}

export interface MachineContext extends ProbeContext {
  readonly k6Image: string;
}

export async function probeMachine(context: MachineContext): Promise<Probe[]> {
  const { environment, images, k6Image, tell } = context;
  const engine = await probeContainerEngine();
  const stores = await findStores(['lmdb', 'redis', 'mongodb'], { ...context, choice: 'auto', prepare: false });
  const k6 = await findK6({ environment, image: k6Image, fetchImage: false, tell });
  return [
    probeNode(),
    probeRoot(),
    probeDisk(),
    engine,
    await probeImage('image of redis', images.redis, engine),
    await probeImage('image of mongodb', images.mongodb, engine),
    ...stores.flatMap(({ probes }) => probes.filter(({ name }) => !name.endsWith('by container'))),
    k6.probe,
    ...(await probeFaultTools(environment)),
    ...stores.map(probeBackend),
    ...(await probeAllFaults(stores, environment)),
  ];
}
