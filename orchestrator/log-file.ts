import { readFileSync, statSync } from 'node:fs';

/** The last lines of a text file; empty when there is no such file. */
export function lastLines(file: string, count: number): string[] {
  try {
    if (statSync(file).size === 0) return [];
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count);
  } catch {
    return [];
  }
}
