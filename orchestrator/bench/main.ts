/** `npm run bench`: how fast the server is beside bare servers and another store, measured in one run. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { processEnvironment } from '../environment.ts';
import { startJanitor } from '../janitor.ts';
import { type Ledger, openLedger, readLedger } from '../ledger.ts';
import { describeHarness, describeMachine } from '../machine.ts';
import { newRunId } from '../run-folder.ts';
import { listenToSignals } from '../signals.ts';
import { openStateFolder } from '../state-folder.ts';
import { undo } from '../undo.ts';
import { UsageError } from '../usage-error.ts';
import type { LoadJob, Round } from './load-job.ts';
import { type ChosenRung, chooseRungs, type MeasuredRung, measureRungs } from './measure.ts';
import { type BenchOptions, parseOptions, usage } from './options.ts';
import { renderJson, renderText } from './render-report.ts';
import { ladders } from './rungs.ts';
import { choosePinning, type Pinning } from './start-pinned.ts';
import { startWorker } from './worker.ts';

const exitCodes = { measured: 0, failed: 1, usage: 2, SIGINT: 130, SIGTERM: 143 } as const;
const keys = 2_000;

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

function choose(options: BenchOptions): readonly ChosenRung[] {
  const chosen = chooseRungs(ladders, options.patterns, processEnvironment);
  if (chosen.length > 0) return chosen;
  const all = chooseRungs(ladders, ['**'], processEnvironment).map(({ id }) => id);
  throw new UsageError(`--rungs ${options.patterns.join(',')} matches none of ${all.join(', ')}`);
}

interface Run {
  readonly chosen: readonly ChosenRung[];
  readonly pinning: Pinning;
  readonly signal: AbortSignal;
}

/** Measures within a ledger, so that nothing stays behind however this process ends. */
async function measureInLedger(options: BenchOptions, run: Run): Promise<readonly MeasuredRung[]> {
  const id = newRunId(new Date());
  const state = openStateFolder();
  const ledger = openLedger(state.ledgers, id);
  const janitor = startJanitor(ledger);
  try {
    const workFolder = join(state.work, id);
    ledger.enter({ kind: 'folder', path: workFolder });
    mkdirSync(workFolder, { mode: 0o700 });
    return await measure(options, run, { ledger, workFolder });
  } finally {
    await cleanUp(ledger);
    await janitor.dismiss();
  }
}

async function cleanUp(ledger: Ledger): Promise<void> {
  const content = readLedger(ledger.file);
  const leftovers = content === undefined ? [] : await undo(content, processEnvironment);
  for (const { what, reason, command } of leftovers) tell(`could not remove ${what}: ${reason}. By hand: ${command}`);
  if (leftovers.length === 0) ledger.remove();
}

async function measure(
  { rounds, seconds, seed, listKeys }: BenchOptions,
  { chosen, pinning, signal }: Run,
  place: { readonly ledger: Ledger; readonly workFolder: string },
): Promise<readonly MeasuredRung[]> {
  // Settings of the user's own servers and of Node are not what is measured.
  const { PATH, TMPDIR } = processEnvironment;
  const launch = { ledger: place.ledger, environment: { PATH, TMPDIR }, pinning };
  const program = new URL('generator.ts', import.meta.url);
  await using generator = await startWorker<LoadJob, Round>(program, { ...launch, side: 'generator' });
  const stage = { ...launch, workFolder: place.workFolder, generator };
  return await measureRungs(chosen, { rounds, seconds, keys, manyKeys: listKeys, seed }, { stage, signal, tell });
}

async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv, Math.floor(Math.random() * 2 ** 32));
  if (options.help) {
    process.stdout.write(usage);
    return exitCodes.measured;
  }
  const chosen = choose(options);
  const pinning = choosePinning(processEnvironment);
  const startedAt = new Date().toISOString();
  using signals = listenToSignals(() => tell('stopping: ending what was started; once more ends at once'));
  try {
    const rungs = await measureInLedger(options, { chosen, pinning, signal: signals.signal });
    const { rounds, seconds, seed } = options;
    const run = {
      startedAt,
      machine: describeMachine(undefined),
      harness: describeHarness(),
      pinning,
      rounds,
      seconds,
      seed,
      keys,
    };
    const render = options.json ? renderJson : renderText;
    process.stdout.write(render({ ...run, rungs }, ladders));
    return exitCodes.measured;
  } catch (error) {
    if (signals.received !== undefined) return exitCodes[signals.received];
    throw error;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  tell(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
}
