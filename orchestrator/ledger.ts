/**
 * The ledger of a run: every resource is written down before it is made, so that whoever finds the file can undo what
 * its owner no longer can. One JSON object a line; the first names the owner, `enter` adds a resource, `leave` says
 * that it is gone. A line that a crash cut short is no entry: what it would have named was not made yet.
 */

import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from './process-identity.ts';
import { identifyProcess, isAlive, readBootId } from './process-identity.ts';

export type Resource =
  /** A process of this run. Before the spawn only the run's marker is known, so the identity follows in a second entry. */
  | { readonly kind: 'process'; readonly what: string; readonly identity: ProcessIdentity | null }
  /** Containers with the label `commander.run=<id>`. */
  | { readonly kind: 'container'; readonly what: string }
  | { readonly kind: 'folder'; readonly path: string }
  /** A control group; its processes are in the ledger too. */
  | { readonly kind: 'cgroup'; readonly path: string }
  /** A file system on a folder of the run. */
  | { readonly kind: 'mount'; readonly path: string }
  /** A loop device, by the file of the run that is behind it: its number is known only once it is there. */
  | { readonly kind: 'loop'; readonly file: string }
  /** A key prefix or database on a store that the run did not start; `variable` names where its URL stands. */
  | { readonly kind: 'share'; readonly backend: 'redis' | 'mongodb'; readonly variable: string; readonly name: string };

interface Owner {
  readonly id: string;
  readonly process: ProcessIdentity;
  readonly bootId: string | null;
}

export interface LedgerContent {
  readonly owner: Owner;
  /** What was entered and has not left, in order. */
  readonly resources: readonly Resource[];
}

export interface Ledger {
  readonly id: string;
  readonly file: string;
  /** Writes the resource down; the result strikes it out again, once. */
  enter(resource: Resource): () => void;
  /** Deletes the file: nothing is left to undo, or what is left is meant to stay. */
  remove(): void;
}

export const containerLabel = 'commander.run';

export function openLedger(folder: string, id: string): Ledger {
  const file = join(folder, `${id}.ndjson`);
  const process_ = identifyProcess(process.pid);
  if (process_ === undefined) throw new Error('this process cannot find itself in the process table');
  const owner: Owner = { id, process: process_, bootId: readBootId() };
  writeFileSync(file, `${JSON.stringify({ owner })}\n`, { mode: 0o600, flag: 'wx' });
  let removed = false;
  let entries = 0;
  const append = (line: object): void => {
    if (!removed) appendFileSync(file, `${JSON.stringify(line)}\n`);
  };
  const leave = (entry: number): void => {
    try {
      append({ leave: entry });
    } catch {
      // To name what is gone costs a look at the next start, no more; the run goes on.
    }
  };
  return {
    id,
    file,
    enter(resource) {
      entries += 1;
      const entry = entries;
      append({ enter: entry, resource });
      return () => leave(entry);
    },
    remove() {
      removed = true;
      rmSync(file, { force: true });
    },
  };
}

type Line = { owner?: Owner; enter?: number; resource?: Resource; leave?: number };

function parseLine(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}

/** Undefined when there is no such ledger, or its owner died before it had written its first line. */
export function readLedger(file: string): LedgerContent | undefined {
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => parseLine(line) ?? []);
  const owner = lines[0]?.owner;
  if (owner === undefined) return undefined;
  const resources = new Map<number, Resource>();
  for (const line of lines) {
    if (line.enter !== undefined && line.resource !== undefined) resources.set(line.enter, line.resource);
    if (line.leave !== undefined) resources.delete(line.leave);
  }
  return { owner, resources: [...resources.values()] };
}

function ownerIsAlive(owner: Owner): boolean {
  return owner.bootId === readBootId() && isAlive(owner.process);
}

/** Ledgers whose owner is dead. */
export function orphanedLedgers(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .map((name) => join(folder, name))
    .filter((file) => {
      const content = readLedger(file);
      return content !== undefined && !ownerIsAlive(content.owner);
    });
}
