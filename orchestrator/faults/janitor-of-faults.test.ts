import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { processEnvironment } from '../environment.ts';
import { probeMemoryCell } from '../memory-cell.ts';
import { processesOfRun } from '../process-identity.ts';
import { waitFor } from '../wait.ts';
import { probeTracer } from './tracer.ts';

const possible = (await probeMemoryCell()).available && (await probeTracer(processEnvironment)).available;

test.runIf(possible)('after kill -9 of the runner neither strace nor its victim nor their group is left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'janitor-of-faults-'));
  const program = join(import.meta.dirname, '..', 'fixtures', 'doomed-fault.ts');
  const runner = spawn(process.execPath, [program], {
    env: { ...processEnvironment, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: runner.stdout }), 'line')) as [string];
  const held = JSON.parse(line) as { readonly id: string; readonly ledger: string; readonly cell: string };
  expect(processesOfRun(held.id)).toHaveLength(2);
  expect(existsSync(held.cell)).toBe(true);
  runner.kill('SIGKILL');
  const gone = async (): Promise<true | undefined> => (existsSync(held.ledger) ? undefined : true);
  await waitFor('the janitor to finish', gone, { timeoutMs: 20_000 });
  expect(processesOfRun(held.id)).toEqual([]);
  expect(existsSync(held.cell)).toBe(false);
  rmSync(folder, { recursive: true, force: true });
});
