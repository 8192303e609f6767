/** What the servers of a case write, and what of it must not be there. */

import { closeSync, fstatSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hideSecrets, type LogFinding, scanLog } from '../suites/checkers/log-scan.ts';

/** A server's log as it grows: every byte is read once, however often somebody looks. */
export interface ServerLog {
  /** File name in the run's folder `logs`. */
  readonly name: string;
  /** Reads what is new; how many whole lines there are by now. */
  countLines(): number;
  /** What was found behind the first `lines` lines. */
  findingsAfter(lines: number): readonly LogFinding[];
  /** A text without the secrets that the server was given. */
  hide(text: string): string;
  /** Takes secrets that were found out of the file, once nothing writes to it any more. */
  hideInFile(): void;
}

export function watchLog(folder: string, name: string, secrets: readonly string[]): ServerLog {
  const file = join(folder, name);
  const findings: LogFinding[] = [];
  let bytes = 0;
  let lines = 0;

  const countLines = (): number => {
    const whole = readWholeLines(file, bytes);
    bytes += whole.length;
    const came = whole.toString().split('\n').slice(0, -1);
    for (const found of scanLog(came, secrets)) findings.push({ ...found, line: lines + found.line });
    lines += came.length;
    return lines;
  };
  return {
    name,
    countLines,
    findingsAfter(seen) {
      countLines();
      return findings.filter(({ line }) => line > seen);
    },
    hide: (text) => hideSecrets(text, secrets),
    hideInFile() {
      countLines();
      if (findings.some(({ what }) => what === 'a secret')) {
        const shown = Buffer.from(hideSecrets(readFileSync(file, 'utf8'), secrets));
        writeFileSync(file, shown);
        bytes = shown.length;
      }
    },
  };
}

const newline = 10;

/** From that position to the last end of a line; nothing where there is no such file yet. */
function readWholeLines(file: string, from: number): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const came = Buffer.alloc(fstatSync(descriptor).size - from);
    const read = readSync(descriptor, came, 0, came.length, from);
    return came.subarray(0, came.lastIndexOf(newline, read - 1) + 1);
  } finally {
    closeSync(descriptor);
  }
}
