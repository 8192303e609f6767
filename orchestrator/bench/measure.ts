/** Rounds, interleaved over all rungs, so that a slow minute of the machine falls on all of them alike. */

import { matchesGlob } from 'node:path';
import type { Environment } from '../environment.ts';
import type { Contender, ContenderKind, Load, Stage } from './contenders.ts';
import { coreBusyMs, processCpuMs } from './cpu.ts';
import type { Round } from './load-job.ts';
import type { Ladder } from './rungs.ts';

export interface MeasureOptions {
  readonly rounds: number;
  /** Of a round, and at least of the warm-up before the first. */
  readonly seconds: number;
  readonly keys: number;
  readonly manyKeys: number;
  readonly seed: number;
}

/** A round and what else went on while it ran. */
interface MeasuredRound extends Round {
  /** Share of the time that the other rungs' processes, which should idle, were at work; null where unknown. */
  readonly othersBusy: number | null;
  /** Share of the server's core that went to anything but the server; null where unknown. */
  readonly strangersBusy: number | null;
}

export interface MeasuredRung {
  readonly id: string;
  readonly ladder: string;
  readonly contender: string;
  readonly title: string;
  /** Why it was not measured; there are no rounds then. */
  readonly absent: string | undefined;
  readonly rounds: readonly MeasuredRound[];
}

export interface ChosenRung {
  readonly id: string;
  readonly ladder: Ladder;
  readonly contender: string;
  readonly kind: ContenderKind;
  readonly absent: string | undefined;
}

/** The rungs whose id matches one of the patterns, in the order of the ladders. */
export function chooseRungs(
  ladders: readonly Ladder[],
  patterns: readonly string[],
  environment: Environment,
): readonly ChosenRung[] {
  const all = ladders.flatMap((ladder) =>
    Object.entries(ladder.contenders).map(([contender, kind]) => ({
      ...{ id: `${ladder.name}/${contender}`, ladder, contender, kind },
      absent: kind.absence(environment),
    })),
  );
  return all.filter(({ id }) => patterns.some((pattern) => matchesGlob(id, pattern)));
}

interface RunningRung extends ChosenRung {
  readonly running: Contender;
  readonly load: Load;
  readonly rounds: MeasuredRound[];
}

/** Starts every rung's processes, measures in turn, and ends them. Rejects when a rung answers wrongly. */
export async function measureRungs(
  chosen: readonly ChosenRung[],
  options: MeasureOptions,
  context: { readonly stage: Stage; readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<readonly MeasuredRung[]> {
  const { stage, signal, tell } = context;
  await using stack = new AsyncDisposableStack();
  const started: RunningRung[] = [];
  for (const rung of chosen.filter(({ absent }) => absent === undefined)) {
    signal.throwIfAborted();
    const running = stack.use(await rung.kind.start(stage, rung.id.replace('/', '-')));
    const load = { ...rung.ladder.load, keys: options.keys, manyKeys: options.manyKeys, seed: options.seed };
    started.push({ ...rung, running, load, rounds: [] });
  }
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const rung of started) {
      signal.throwIfAborted();
      try {
        if (round === 1) await warmUp(rung, options.seconds);
        rung.rounds.push(await measureRound(rung, started, { seconds: options.seconds, stage }));
      } catch (error) {
        throw new Error(`${rung.id}: ${(error as Error).message}`, { cause: error });
      }
      const last = rung.rounds.at(-1);
      const rate = last === undefined ? 0 : Math.round((last.operations / last.elapsedMs) * 1000);
      tell(`round ${round} of ${options.rounds}  ${rung.id.padEnd(14)} ${rate.toLocaleString('en')}/s`);
    }
  }
  return chosen.map(({ id, ladder, contender, kind, absent }) => {
    const rounds = started.find((rung) => rung.id === id)?.rounds ?? [];
    return { id, ladder: ladder.name, contender, title: kind.title, absent, rounds };
  });
}

/** Code is compiled after many calls, not after some time: on a busy machine a moment of warm-up may not bring them. */
const warmUpOperations = 50_000;
const maxWarmUps = 5;

async function warmUp({ running, load }: RunningRung, seconds: number): Promise<void> {
  await running.fill(load);
  let operations = 0;
  for (let turn = 0; turn < maxWarmUps && operations < warmUpOperations; turn += 1) {
    operations += (await running.measure(load, seconds)).operations;
  }
}

async function measureRound(
  rung: RunningRung,
  all: readonly RunningRung[],
  { seconds, stage }: { readonly seconds: number; readonly stage: Stage },
): Promise<MeasuredRound> {
  const otherPids = all.filter((other) => other !== rung).flatMap(({ running }) => running.pids);
  const { pinning } = stage;
  const look = () => ({
    atMs: performance.now(),
    own: processCpuMs(rung.running.pids),
    others: processCpuMs(otherPids),
    core: pinning.kind === 'pinned' ? coreBusyMs(pinning.cores.server) : null,
  });
  const before = look();
  const round = await rung.running.measure(rung.load, seconds);
  const after = look();
  const elapsedMs = after.atMs - before.atMs;
  const used = (key: 'own' | 'others' | 'core'): number | null => {
    const [from, to] = [before[key], after[key]];
    return from === null || to === null ? null : to - from;
  };
  const [own, others, core] = [used('own'), used('others'), used('core')];
  return {
    ...round,
    othersBusy: others === null ? null : others / elapsedMs,
    strangersBusy: own === null || core === null ? null : Math.max(0, core - own) / elapsedMs,
  };
}
