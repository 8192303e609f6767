import type { CaseRef, CaseResult } from '../../reports/schema.ts';
import { glyphs } from './matrix.ts';
import { printableLine } from './printable.ts';
import { renderCount, renderDuration } from './quantities.ts';

/** What a run tells while it goes on. */
export interface Progress {
  planned(refs: readonly CaseRef[]): void;
  started(ref: CaseRef): void;
  finished(result: CaseResult): void;
  /** A line of something else, without tearing the live line. */
  log(line: string): void;
  /** Takes the live line away and stops the clock. Idempotent. */
  close(): void;
}

export interface ProgressOptions {
  /** True: one live line, redrawn in place. False: plain lines alone. */
  readonly isTerminal: boolean;
}

/** The part of a stream that is written to; `columns` where it is a terminal. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly columns?: number;
}

/** Silence is broken by a sign of life at most this often. */
const heartbeatMs = 10_000;
const redrawMs = 200;
const usualColumns = 80;
/** Erase in line (ECMA-48 8.3.41), from the first column. */
const eraseLine = '\r\x1b[2K';

/**
 * Tells each case that did not pass, each suite x backend as it ends, and between these either a live line or, where
 * nothing was told for ten seconds, a heartbeat.
 */
export function createProgress(stream: ProgressStream, { isTerminal }: ProgressOptions): Progress {
  const startedMs = performance.now();
  const tally = createTally();
  let lastLineMs = startedMs;
  let drawn = false;
  let closed = false;

  const elapsed = (): string => renderDuration(Math.floor((performance.now() - startedMs) / 1000) * 1000);
  const erase = (): void => {
    if (drawn) stream.write(eraseLine);
    drawn = false;
  };
  const print = (line: string): void => {
    erase();
    stream.write(`${printableLine(line)}\n`);
    lastLineMs = performance.now();
  };
  const draw = (): void => {
    const columns = stream.columns ?? usualColumns;
    stream.write(`${eraseLine}${tally.renderStatus(elapsed()).slice(0, columns - 1)}`);
    drawn = true;
  };
  const beat = (): void => {
    if (performance.now() - lastLineMs >= heartbeatMs) print(tally.renderStatus(elapsed()));
  };
  const timer = setInterval(isTerminal ? draw : beat, isTerminal ? redrawMs : heartbeatMs / 10);
  timer.unref();

  return {
    planned: (refs) => tally.plan(refs),
    started: (ref) => tally.start(ref),
    finished(result) {
      const ended = tally.finish(result);
      if (result.verdict !== 'passed') print(renderResult(result));
      if (ended !== undefined) print(ended);
    },
    log: print,
    close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      erase();
    },
  };
}

function renderResult({ verdict, backend, suite, id, reason, claim }: CaseResult): string {
  return `${glyphs[verdict]} ${verdict}  ${backend}  ${suite}  ${id}   ${reason ?? claim}`;
}

interface Pair {
  planned: number;
  finished: number;
  failed: number;
  inconclusive: number;
  skipped: number;
}

/** Counts by backend and suite, and what runs now. */
function createTally() {
  const pairs = new Map<string, Pair>();
  const backends = new Map<string, Pair>();
  const running = new Map<string, number>();

  const pairOf = (counts: Map<string, Pair>, name: string): Pair => {
    const found = counts.get(name) ?? { planned: 0, finished: 0, failed: 0, inconclusive: 0, skipped: 0 };
    counts.set(name, found);
    return found;
  };
  const addRunning = (id: string, by: number): void => {
    const count = (running.get(id) ?? 0) + by;
    if (count > 0) running.set(id, count);
    else running.delete(id);
  };

  return {
    plan(refs: readonly CaseRef[]): void {
      for (const { suite, backend } of refs) {
        pairOf(pairs, `${suite} on ${backend}`).planned += 1;
        pairOf(backends, backend).planned += 1;
      }
    },
    start({ backend, id }: CaseRef): void {
      addRunning(`${backend} ${id}`, 1);
    },
    /** The line that tells the end of a suite on a backend, when this was its last case. */
    finish({ backend, suite, id, verdict }: CaseResult): string | undefined {
      addRunning(`${backend} ${id}`, -1);
      const name = `${suite} on ${backend}`;
      const pair = pairOf(pairs, name);
      for (const counts of [pair, pairOf(backends, backend)]) {
        counts.finished += 1;
        if (verdict !== 'passed') counts[verdict] += 1;
      }
      return pair.finished === pair.planned ? renderEnd(name, pair) : undefined;
    },
    renderStatus(elapsed: string): string {
      const counts = [...backends].map(([name, pair]) => `${name} ${renderCounts(pair)}`);
      const [first] = running.keys();
      const others = running.size > 1 ? ` and ${running.size - 1} more` : '';
      return [elapsed, ...counts, ...(first === undefined ? [] : [`${first}${others}`])].join('  ·  ');
    },
  };
}

function renderCounts(pair: Pair): string {
  const failed = pair.failed > 0 ? ` ${glyphs.failed}${pair.failed}` : '';
  const inconclusive = pair.inconclusive > 0 ? ` ${glyphs.inconclusive}${pair.inconclusive}` : '';
  return `${pair.finished}/${pair.planned}${failed}${inconclusive}`;
}

function renderEnd(name: string, { planned, failed, inconclusive, skipped }: Pair): string {
  const passed = planned - failed - inconclusive - skipped;
  const verdict = failed > 0 ? 'failed' : inconclusive > 0 || passed === 0 ? 'inconclusive' : 'passed';
  const counts = Object.entries({ failed, inconclusive, passed, skipped })
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${renderCount(count)} ${word}`);
  return `${glyphs[verdict]} ${name}: ${counts.join(', ')}`;
}
