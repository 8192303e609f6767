/**
 * What the server has too little of, and what it refuses for it: disk, memory, time. Looked at every 100 ms, so that a
 * request pays for a comparison at most.
 */

import type { SpaceState } from '../backends/space-state.ts';
import { CommanderError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Counter, MetricsRegistry } from '../metrics/registry.ts';
import { type ByteBudget, createByteBudget } from './byte-budget.ts';
import { createEventLoopLoad } from './event-loop-load.ts';
import { createMemoryLimit, type MemoryLimit } from './memory-limit.ts';

export interface PressureLimits {
  /** Of request bodies in flight together; 0: 15 % of the memory. */
  readonly bodyBudgetBytes: number;
  /** Of answers that are not sent yet, together; 0: 15 % of the memory. */
  readonly answerBudgetBytes: number;
  /** 0: what the cgroup or the machine has. */
  readonly memoryLimitBytes: number;
  /** 0: none. */
  readonly maxEventLoopLagMs: number;
  /** How long a client may take nothing of its answer. */
  readonly answerTimeoutMs: number;
}

export interface PressureOptions {
  readonly limits: PressureLimits;
  readonly metrics: MetricsRegistry;
  readonly log: Logger;
  /** Replaces the look at the process in tests. */
  readonly readUsedBytes?: () => number;
}

/** What GET /health/ready warns of. */
export const warnings = ['low_disk', 'low_memory', 'overloaded'] as const;
export type Warning = (typeof warnings)[number];

type Refusal = 'disk' | 'memory' | 'bodies' | 'answers' | 'lag';

export interface Pressure {
  readonly answerTimeoutMs: number;
  /** Counts a request body in. Throws CommanderError `server_busy` or `insufficient_memory`. */
  takeBody(bytes: number): void;
  giveBackBody(bytes: number): void;
  /** Counts bytes of any body that have come. */
  countArrived(bytes: number): void;
  /** While memory is short it returns false, and calls back when it no longer is, or a second has passed. Else true. */
  hasRoom(goOn: () => void): boolean;
  /** Counts in an answer that is not sent yet. Throws CommanderError `server_busy`. */
  takeAnswer(bytes: number): void;
  giveBackAnswer(bytes: number): void;
  /** True when so much waits for slow readers that an answer is worth asking for its size first. */
  areAnswersTight(): boolean;
  /** Throws CommanderError `server_busy` when an answer of so many bytes would be refused. */
  demandAnswer(bytes: number): void;
  /** Why a request is refused that is not about the server's own state; undefined while there is time for it. */
  shed(): CommanderError | undefined;
  /** A client that did not read its answer was cut. */
  countCut(): void;
  /** Takes the function that looks at the disk of the store. */
  watchSpace(look: () => SpaceState): void;
  /** Called every 100 ms with how late that was. */
  look(lagMs: number): void;
  warnings(): readonly Warning[];
}

const budgetShare = 0.15;
const maxLooksWaited = 10;

export function createPressure(options: PressureOptions): Pressure {
  const { limits, log, metrics } = options;
  const { readUsedBytes } = options;
  const memory = createMemoryLimit({
    limitBytes: limits.memoryLimitBytes,
    bodyBytes: () => bodies.held(),
    heldBytes: () => bodies.held() + answers.held(),
    ...(readUsedBytes === undefined ? {} : { readUsedBytes }),
  });
  const share = (bytes: number): number => (bytes === 0 ? Math.floor(memory.limitBytes * budgetShare) : bytes);
  const bodies = createByteBudget(share(limits.bodyBudgetBytes));
  const answers = createByteBudget(share(limits.answerBudgetBytes));
  const load = createEventLoopLoad(limits.maxEventLoopLagMs);
  const refused = registerRefusals(metrics);
  const cut = metrics
    .counter({ name: 'commander_answers_cut_total', help: 'Connections that were cut as their client read no answer.' })
    .of({});
  cut.add(0);
  let space: (() => SpaceState) | undefined;
  const waiting: (() => void)[] = [];
  let looks = 0;
  const noteMemory = createNote(log, 'Memory runs short: request bodies are refused');
  const noteLoad = createNote(log, 'The event loop is late: requests are refused');

  const current = (): readonly Warning[] => {
    const states: Readonly<Record<Warning, boolean>> = {
      low_disk: space?.().full ?? false,
      low_memory: memory.isLow(),
      overloaded: load.isOverloaded(),
    };
    return warnings.filter((warning) => states[warning]);
  };
  registerGauges(metrics, { memory, bodies, answers, current });
  metrics.collect(() => {
    if (space !== undefined) refused.disk.raiseTo(space().refused);
  });

  const refuse = (what: Refusal, message: string): CommanderError => {
    refused[what].add(1);
    return new CommanderError(what === 'memory' ? 'insufficient_memory' : 'server_busy', message);
  };

  const takeAnswer = (bytes: number): void => {
    if (!answers.take(bytes)) throw refuse('answers', 'As many answers as the server holds wait for their readers.');
  };

  return {
    answerTimeoutMs: limits.answerTimeoutMs,
    takeBody(bytes) {
      if (!bodies.take(bytes)) throw refuse('bodies', 'The server holds as many request bodies as it takes.');
      if (memory.admits(bytes)) return;
      bodies.giveBack(bytes);
      throw refuse('memory', 'The server has no memory left for the body of this request; nothing was written.');
    },
    giveBackBody: bodies.giveBack,
    countArrived: memory.countArrived,
    hasRoom(goOn) {
      if (memory.hasRoom()) return true;
      waiting.push(goOn);
      return false;
    },
    takeAnswer,
    giveBackAnswer: answers.giveBack,
    areAnswersTight: () => answers.held() > answers.maxBytes / 2,
    demandAnswer(bytes) {
      takeAnswer(bytes);
      answers.giveBack(bytes);
    },
    shed: () => (load.isOverloaded() ? refuse('lag', 'The server is behind with what it has to do.') : undefined),
    countCut: () => cut.add(1),
    watchSpace(look) {
      space = look;
      metrics
        .gauge({ name: 'commander_disk_reserve_bytes', help: 'Room on the disk that writes leave.' })
        .of({})
        .set(look().reserveBytes);
    },
    look(lagMs) {
      memory.look();
      load.look(lagMs);
      noteMemory(memory.isLow(), { usedBytes: memory.usedBytes(), limitBytes: memory.limitBytes });
      noteLoad(load.isOverloaded(), { lagMs: Math.round(lagMs) });
      looks += 1;
      if (memory.hasRoom() || looks % maxLooksWaited === 0) for (const goOn of waiting.splice(0)) goOn();
    },
    warnings: current,
  };
}

function registerRefusals(metrics: MetricsRegistry): Readonly<Record<Refusal, Counter>> {
  const family = metrics.counter({
    name: 'commander_refused_total',
    help: 'Requests that were refused for want of disk, memory, body budget, answer budget or time (lag).',
    labels: ['reason'],
  });
  const counter = (reason: Refusal): Counter => {
    const cell = family.of({ reason });
    cell.add(0);
    return cell;
  };
  return {
    disk: counter('disk'),
    memory: counter('memory'),
    bodies: counter('bodies'),
    answers: counter('answers'),
    lag: counter('lag'),
  };
}

interface Gauges {
  readonly memory: MemoryLimit;
  readonly bodies: ByteBudget;
  readonly answers: ByteBudget;
  readonly current: () => readonly Warning[];
}

function registerGauges(metrics: MetricsRegistry, { memory, bodies, answers, current }: Gauges): void {
  const warning = metrics.gauge({
    name: 'commander_warning',
    help: '1 while GET /health/ready warns of it, else 0.',
    labels: ['kind'],
  });
  const gauge = (name: string, help: string) => metrics.gauge({ name, help }).of({});
  const used = gauge('commander_memory_used_bytes', 'Memory of the process that no file backs, against the limit.');
  const bodyBytes = gauge('commander_request_bodies_held_bytes', 'Request bodies in flight, by their length.');
  const answerBytes = gauge('commander_answers_held_bytes', 'Large answers that are not sent yet.');
  gauge('commander_memory_limit_bytes', 'Memory that the process may have.').set(memory.limitBytes);
  gauge('commander_request_bodies_budget_bytes', 'Request bodies beyond it are refused.').set(bodies.maxBytes);
  gauge('commander_answers_budget_bytes', 'Answers beyond it are refused.').set(answers.maxBytes);
  metrics.collect(() => {
    used.set(memory.usedBytes());
    bodyBytes.set(bodies.held());
    answerBytes.set(answers.held());
    const now = current();
    for (const kind of warnings) warning.of({ kind }).set(now.includes(kind) ? 1 : 0);
  });
}

/** Says once when it begins and once when it has been over for a while. */
function createNote(log: Logger, what: string): (now: boolean, fields: object) => void {
  const quietMs = 5_000;
  let noted = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  return (now, fields) => {
    if (now) lastMs = performance.now();
    if (now && !noted) log.warn(fields, what);
    if (!now && noted && performance.now() - lastMs < quietMs) return;
    if (!now && noted) log.info(fields, `No longer: ${what}`);
    noted = now;
  };
}
