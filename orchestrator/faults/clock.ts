/** Steps of the system clock as one server sees it. The machine's own clock is never set. */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../environment.ts';
import { inClone } from '../package-root.ts';
import { waitFor } from '../wait.ts';
import { clockVariable, type SeenClock, seenFile } from './clock-file.ts';
import type { FaultGround, Injection, ProbeFault } from './injection.ts';

export const probeClock: ProbeFault = async () => ({
  available: true,
  reason: "code before the server's own moves the clock that it sees",
  mend: null,
});

/** What a server is started with so that its clock can be stepped. */
export interface SteeredClock {
  readonly nodeFlags: readonly string[];
  readonly environment: Environment;
  /** Resolves with what the server's process saw; undefined when it saw nothing in time. */
  step(byMs: number): Promise<SeenClock | undefined>;
}

const preload = fileURLToPath(new URL(inClone ? 'clock-preload.ts' : 'clock-preload.js', import.meta.url));
const seenWithinMs = 3_000;

/** `file` is one of the run's own. */
export function createSteeredClock(file: string): SteeredClock {
  writeFileSync(file, '0');
  return {
    nodeFlags: ['--import', preload],
    environment: { [clockVariable]: file },
    async step(byMs) {
      writeFileSync(file, String(byMs));
      const look = async (): Promise<SeenClock | undefined> => {
        const seen = JSON.parse(readFileSync(seenFile(file), 'utf8')) as SeenClock;
        return seen.byMs === byMs ? seen : undefined;
      };
      return waitFor('the step', look, { timeoutMs: seenWithinMs, intervalMs: 10 }).catch(() => undefined);
    },
  };
}

export async function clock({ ground }: FaultGround, byMs: number): Promise<Injection> {
  const { steeredClock } = ground;
  if (steeredClock === undefined) throw new Error('the stage of the case does not ask for a steered clock');
  const seen = await steeredClock.step(byMs);
  const atMs = Date.now();
  return {
    target: `system clock of the server, ${byMs < 0 ? '' : '+'}${byMs} ms`,
    async heal() {
      const back = await steeredClock.step(0);
      if (seen === undefined || back === undefined || Math.abs(seen.readMs - atMs - byMs) > seenWithinMs) {
        return undefined;
      }
      const [read, really] = [seen.readMs, atMs].map((ms) => new Date(ms).toISOString());
      return `process ${seen.pid} read ${read} when it was ${really}, and the true time again in process ${back.pid}`;
    },
  };
}
