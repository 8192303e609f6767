/** Who imports whom, read from the import statements of the sources. */

import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

export const rooms = ['server', 'suites', 'orchestrator', 'docgen', 'reports'] as const;
export type Room = (typeof rooms)[number];

export interface Arrow {
  readonly from: Room;
  readonly to: Room;
  /** Files of `from` that import something of `to`. */
  readonly files: number;
  /** Nothing but types crosses. */
  readonly typesOnly: boolean;
}

interface Import {
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
  const arrows = new Map<string, Arrow>();
  for (const from of rooms) {
    for (const file of await sourcesOf(repository, from)) {
      const imports = readImports(await readFile(join(repository, file), 'utf8'));
      for (const [to, typesOnly] of roomsOf(file, imports)) {
        const known = arrows.get(`${from} ${to}`) ?? { from, to, files: 0, typesOnly: true };
        arrows.set(`${from} ${to}`, { ...known, files: known.files + 1, typesOnly: known.typesOnly && typesOnly });
      }
    }
  }
  return [...arrows.values()].sort((a, b) => orderOf(a) - orderOf(b));
}

function orderOf({ from, to }: Arrow): number {
  return rooms.indexOf(from) * rooms.length + rooms.indexOf(to);
}

/** The other rooms that a file imports from, and whether only types. */
function roomsOf(file: string, imports: readonly Import[]): ReadonlyMap<Room, boolean> {
  const found = new Map<Room, boolean>();
  for (const { specifier, typesOnly } of imports) {
    if (!specifier.startsWith('.')) continue;
    const room = rooms.find((name) => posix.join(posix.dirname(file), specifier).startsWith(`${name}/`));
    if (room !== undefined && !file.startsWith(`${room}/`)) found.set(room, (found.get(room) ?? true) && typesOnly);
  }
  return found;
}

async function sourcesOf(repository: string, room: Room): Promise<readonly string[]> {
  const entries = await readdir(join(repository, room), { recursive: true });
  return entries
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => posix.join(room, name.replaceAll('\\', '/')))
    .sort();
}
