/** The measured ladders as tables for people, or as JSON for programs. */

import { checkBench } from '../../reports/bench.ts';
import type { RunReport } from '../../reports/schema.ts';
import type { MeasuredRung } from './measure.ts';
import { percent, type Ratios, ratiosOf, remarksOn, summarise } from './results.ts';
import type { Ladder, Target } from './rungs.ts';
import type { Pinning } from './start-pinned.ts';
import type { Spread } from './statistics.ts';

export interface BenchReport {
  /** RFC 3339. */
  readonly startedAt: string;
  readonly machine: RunReport['machine'];
  readonly harness: RunReport['harness'];
  readonly pinning: Pinning;
  readonly rounds: number;
  readonly seconds: number;
  readonly keys: number;
  readonly seed: number;
  readonly rungs: readonly MeasuredRung[];
}

/** The rung of a ladder that ratios of its kind are taken over; undefined when it was not measured. */
function findRung(report: BenchReport, ladder: string, contender: string): MeasuredRung | undefined {
  return report.rungs.find((rung) => rung.ladder === ladder && rung.contender === contender && rung.rounds.length > 0);
}

export function renderJson(report: BenchReport, ladders: readonly Ladder[]): string {
  const rungs = report.rungs.map((rung) => {
    const base = ladders.find(({ name }) => name === rung.ladder)?.base ?? '';
    const over = findRung(report, rung.ladder, base);
    return { ...rung, summary: summarise(rung), base, ratios: ratiosOf(rung, over) };
  });
  const targets = ladders.flatMap((ladder) =>
    ladder.targets.map((target) => ({ ladder: ladder.name, ...target, ...targetRatios(report, ladder, target) })),
  );
  const measured = ladders.filter(({ name }) => report.rungs.some(({ ladder }) => ladder === name));
  const described = measured.map(({ name, title, base }) => ({ name, title, base }));
  const written = { schemaVersion: 1, ...report, ladders: described, rungs, targets, remarks: remarksOn(report.rungs) };
  checkBench(JSON.parse(JSON.stringify(written)));
  return `${JSON.stringify(written, null, 2)}\n`;
}

export function renderText(report: BenchReport, ladders: readonly Ladder[]): string {
  const { machine, harness, pinning, rounds, seconds, keys, seed } = report;
  const cores =
    pinning.kind === 'pinned'
      ? `server on core ${pinning.cores.server}, generator on core ${pinning.cores.generator}`
      : `not pinned to cores: ${pinning.reason}`;
  const commit = harness.commit === null ? harness.version : `${harness.commit.slice(0, 7)}${harness.dirty ? '+' : ''}`;
  const measured = ladders.filter(({ name }) => report.rungs.some(({ ladder }) => ladder === name));
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.kernel}, Node ${machine.node}, Commander ${commit}`,
    `${cores}; ${rounds} rounds of ${seconds} s, interleaved, medians; ${keys} keys, seed ${seed}`,
    '',
    ...measured.map((ladder) => renderLadder(report, ladder)),
    ...remarksOn(report.rungs),
    '',
  ].join('\n');
}

const columns = [
  '',
  'per second',
  'p50 ms',
  'p99 ms',
  'CPU us',
  'speed ratio',
  'CPU ratio',
  'server',
  'generator',
  'anon MB',
];

function renderLadder(report: BenchReport, ladder: Ladder): string {
  const base = findRung(report, ladder.name, ladder.base);
  const rungs = report.rungs.filter((rung) => rung.ladder === ladder.name);
  const rows = rungs.map((rung) => {
    if (rung.absent !== undefined) return [rung.title, `not measured: ${rung.absent}`];
    const { perSecond, p50Ms, p99Ms, cpuUs, serverBusy, generatorBusy, anonBytes } = summarise(rung);
    const { speed, cpu } = ratiosOf(rung, base);
    const numbers = [show(perSecond, wholeNumber), show(p50Ms, decimals(2)), show(p99Ms, decimals(2))];
    const ratios = [show(speed, renderSpread), show(cpu, renderSpread)];
    const busy = [show(serverBusy, percent), show(generatorBusy, percent), show(anonBytes, megabytes)];
    return [rung.title, ...numbers, show(cpuUs, decimals(1)), ...ratios, ...busy];
  });
  const targets = ladder.targets.flatMap((target) => renderTarget(target, targetRatios(report, ladder, target)));
  return [`${ladder.title}`, ...renderTable([columns, ...rows]), ...targets, ''].join('\n');
}

function targetRatios(report: BenchReport, ladder: Ladder, { of, over }: Target): Ratios {
  const rung = findRung(report, ladder.name, of);
  return rung === undefined
    ? { speed: undefined, cpu: undefined }
    : ratiosOf(rung, findRung(report, ladder.name, over));
}

function renderTarget({ of, over, atLeast }: Target, { speed, cpu }: Ratios): string[] {
  if (speed === undefined) return [];
  const verdict = speed.median >= atLeast ? 'reached' : 'not reached';
  const got = `${renderSpread(speed)} by speed, ${show(cpu, renderSpread)} by CPU`;
  return [`  target: ${of} >= ${atLeast} x ${over}, ${verdict}: ${got}`];
}

function show<T>(value: T | undefined, render: (value: T) => string): string {
  return value === undefined ? '-' : render(value);
}

const wholeNumber = (value: number): string => Math.round(value).toLocaleString('en');
const megabytes = (value: number): string => (value / 1e6).toFixed(1);
const decimals = (digits: number) => (value: number) => value.toFixed(digits);

function renderSpread({ median, least, most }: Spread): string {
  return `${median.toFixed(2)} (${least.toFixed(2)}-${most.toFixed(2)})`;
}

/** Numbers to the right under their column; a row with fewer cells is a title and a remark. */
function renderTable(rows: readonly (readonly string[])[]): string[] {
  const full = rows.filter((row) => row.length === columns.length);
  const widthOf = (column: number): number => Math.max(...full.map((row) => row[column]?.length ?? 0));
  const titleWidth = Math.max(...rows.map(([title = '']) => title.length));
  return rows.map((row) => {
    const [title = '', ...cells] = row;
    const shown = full.includes(row) ? cells.map((cell, index) => cell.padStart(widthOf(index + 1))) : cells;
    return `  ${[title.padEnd(titleWidth), ...shown].join('  ')}`;
  });
}
