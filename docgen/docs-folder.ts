/** The written pages against the rendered ones. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';

export interface StalePage {
  readonly path: string;
  /** `undefined`: the page is not there. */
  readonly difference: { readonly line: number; readonly written: string; readonly rendered: string } | undefined;
}

/** Pages by their path under `folder`. */
export type RenderedPages = ReadonlyMap<string, string>;

export async function writePages(folder: string, rendered: RenderedPages): Promise<void> {
  for (const [path, text] of rendered) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** Byte for byte, in the order of `rendered`. */
export async function findStale(folder: string, rendered: RenderedPages): Promise<readonly StalePage[]> {
  const stale: StalePage[] = [];
  for (const [path, text] of rendered) {
    const written = await readIfThere(join(folder, path));
    if (written === undefined) stale.push({ path, difference: undefined });
    else if (!written.equals(Buffer.from(text))) {
      stale.push({ path, difference: firstDifference(written.toString(), text) });
    }
  }
  return stale;
}

export function renderStale({ path, difference }: StalePage): string {
  const shown = posix.join('docs', path);
  if (difference === undefined) return `${shown} is missing`;
  const { line, written, rendered } = difference;
  return `${shown}:${line} is stale\n  written   ${written}\n  rendered  ${rendered}`;
}

const excerptLength = 120;

function firstDifference(written: string, rendered: string): NonNullable<StalePage['difference']> {
  const a = written.split('\n');
  const b = rendered.split('\n');
  const index = a.findIndex((line, at) => line !== b[at]);
  const at = index < 0 ? a.length : index;
  return { line: at + 1, ...excerpts(a[at], b[at]) };
}

/** Around the first character that differs: a line of the HTML page can have a megabyte. */
function excerpts(a: string | undefined, b: string | undefined): { written: string; rendered: string } {
  let same = 0;
  while (a !== undefined && same < a.length && a[same] === b?.[same]) same += 1;
  const from = Math.max(0, same - excerptLength / 2);
  const cut = (text: string | undefined): string =>
    text === undefined ? '(end of the page)' : `${from > 0 ? '...' : ''}${text.slice(from, from + excerptLength)}`;
  return { written: cut(a), rendered: cut(b) };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
