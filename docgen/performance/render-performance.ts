/** The bench that was promoted, as tables: every figure of the performance page comes from it. */

import { readFile } from 'node:fs/promises';
import {
  type BenchReport,
  type BenchRung,
  type BenchSpread,
  type BenchTarget,
  checkBench,
} from '../../reports/bench.ts';
import { ReportRefused } from '../../reports/check-report.ts';
import { DocsError } from '../docs-error.ts';
import { renderTable } from '../render-table.ts';

/** Throws DocsError when there is none, or it breaks its contract. */
export async function performanceInserts(file: string): Promise<Readonly<Record<string, string>>> {
  const bench = await readBench(file);
  return {
    run: renderRun(bench),
    ladders: bench.ladders.map((ladder) => renderLadder(bench, ladder)).join('\n\n'),
    targets: renderTargets(bench),
  };
}

async function readBench(file: string): Promise<BenchReport> {
  try {
    return checkBench(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    if (cause instanceof ReportRefused || cause instanceof SyntaxError || 'code' in cause) {
      throw new DocsError(`reports/baseline/bench/bench.json: ${cause.message}`, { cause });
    }
    throw cause;
  }
}

function renderRun({ startedAt, machine, harness, rounds, seconds, seed, remarks }: BenchReport): string {
  const commit = `${harness.commit?.slice(0, 12) ?? 'unknown'}\`${harness.dirty ? ' with changes' : ''}`;
  const lines = [
    `Measured on ${startedAt.slice(0, 10)} at commit \`${commit}, seed ${seed}: ${rounds} rounds of ${seconds} s for each`,
    `rung, interleaved, medians. ${machine.cores} cores (${machine.cpu}), ${machine.kernel}, Node ${machine.node}.`,
  ];
  return [lines.join('\n'), ...remarks.map((remark) => `- ${remark}`)].join('\n\n');
}

function renderLadder(bench: BenchReport, { name, title }: BenchReport['ladders'][number]): string {
  const rows = bench.rungs.filter(({ ladder }) => ladder === name).map(renderRung);
  const header = ['', 'per second', 'p50 ms', 'p99 ms', 'CPU us', 'anonymous MB', 'speed', 'CPU'];
  return `### ${title}\n\n${renderTable(header, rows)}`;
}

function renderRung({ title, absent, summary, ratios }: BenchRung): readonly string[] {
  if (absent !== undefined) return [`${title} (not measured: ${absent})`, '', '', '', '', '', '', ''];
  const { perSecond, p50Ms, p99Ms, cpuUs, anonBytes } = summary;
  return [
    title,
    show(perSecond, (value) => Math.round(value).toLocaleString('en')),
    show(p50Ms, (value) => value.toFixed(2)),
    show(p99Ms, (value) => value.toFixed(2)),
    show(cpuUs, (value) => value.toFixed(1)),
    show(anonBytes, (value) => (value / 1e6).toFixed(1)),
    show(ratios.speed, renderSpread),
    show(ratios.cpu, renderSpread),
  ];
}

function renderTargets({ targets, rungs, ladders }: BenchReport): string {
  const measured = targets.filter(({ speed }) => speed !== undefined);
  const titleOf = (target: BenchTarget): string => ladders.find(({ name }) => name === target.ladder)?.title ?? '';
  if (measured.length === 0) return `None of ${rungs.length} rungs has a target that was measured.`;
  return renderTable(
    ['Ladder', 'Wanted', 'By speed', 'By CPU', ''],
    measured.map((target) => [
      titleOf(target),
      `${target.of} at least ${target.atLeast} x ${target.over}`,
      show(target.speed, renderSpread),
      show(target.cpu, renderSpread),
      (target.speed?.median ?? 0) >= target.atLeast ? 'reached' : 'not reached',
    ]),
  );
}

function show<T>(value: T | undefined, render: (value: T) => string): string {
  return value === undefined ? '' : render(value);
}

function renderSpread({ median, least, most }: BenchSpread): string {
  return `${median.toFixed(2)} (${least.toFixed(2)}-${most.toFixed(2)})`;
}
