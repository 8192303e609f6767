/** Who imports whom, read from the import statements of the sources. */

import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

export const rooms = ['server', 'suites', 'orchestrator', 'docgen', 'reports'] as const;
type Room = (typeof rooms)[number];

export interface Arrow {
  readonly from: Room;
  readonly to: Room;
  /** Modules of `to` that `from` imports: how much of it the other room knows. */
  readonly modules: number;
  /** Nothing but types crosses. */
  readonly typesOnly: boolean;
}

export interface Import {
  readonly specifier: string;
  readonly typesOnly: boolean;
}

const statement = /^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\bfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

export function readImports(source: string): readonly Import[] {
  return [...source.matchAll(statement)].map(([, type, named, dynamic]) => ({
    specifier: named ?? dynamic ?? '',
    typesOnly: type !== undefined,
  }));
}

/** Arrows between rooms, in the order of `rooms`. Tests are left out: they may reach further. */
export async function readArrows(repository: string): Promise<readonly Arrow[]> {
  const arrows: Arrow[] = [];
  for (const from of rooms) {
    /** By module of another room, whether only its types are imported. */
    const modules = new Map<string, boolean>();
    for (const file of await sourcesOf(repository, from)) {
      for (const { specifier, typesOnly } of readImports(await readFile(join(repository, file), 'utf8'))) {
        if (!specifier.startsWith('.')) continue;
        const module = posix.join(posix.dirname(file), specifier);
        modules.set(module, (modules.get(module) ?? true) && typesOnly);
      }
    }
    arrows.push(...rooms.filter((to) => to !== from).flatMap((to) => arrowOf(from, to, modules)));
  }
  return arrows;
}

function arrowOf(from: Room, to: Room, modules: ReadonlyMap<string, boolean>): readonly Arrow[] {
  const known = [...modules].filter(([module]) => module.startsWith(`${to}/`));
  if (known.length === 0) return [];
  return [{ from, to, modules: known.length, typesOnly: known.every(([, typesOnly]) => typesOnly) }];
}

async function sourcesOf(repository: string, room: Room): Promise<readonly string[]> {
  const entries = await readdir(join(repository, room), { recursive: true });
  return entries
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => posix.join(room, name.replaceAll('\\', '/')));
}
