import { readFileSync, statSync } from 'node:fs';

export function countLines(file: string): number {
  try {
    let lines = 0;
    for (const byte of readFileSync(file)) if (byte === 10) lines += 1;
    return lines;
  } catch {
    return 0;
  }
}

/** The last lines of a text file; empty when there is no such file. */
export function lastLines(file: string, count: number): string[] {
  try {
    if (statSync(file).size === 0) return [];
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count);
  } catch {
    return [];
  }
}
