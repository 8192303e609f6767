/** A measured bench: what `npm run bench -- --json` prints, as far as others read it. */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { ReportRefused } from './check-report.ts';
import { RunReport } from './schema.ts';

const Text = Type.String();
const Figure = Type.Optional(Type.Number());
const Spread = Type.Object({ median: Type.Number(), least: Type.Number(), most: Type.Number() });
export type BenchSpread = Static<typeof Spread>;

/** Of one rung over another, round by round; above 1 is better. */
const Ratios = { speed: Type.Optional(Spread), cpu: Type.Optional(Spread) };

export const BenchRung = Type.Object({
  ladder: Text,
  title: Text,
  /** Why it was not measured. */
  absent: Type.Optional(Text),
  /** Medians of the rounds: per second, milliseconds, microseconds of the server's processor a request, bytes. */
  summary: Type.Object({ perSecond: Figure, p50Ms: Figure, p99Ms: Figure, cpuUs: Figure, anonBytes: Figure }),
  ratios: Type.Object(Ratios),
});
export type BenchRung = Static<typeof BenchRung>;

/** Names of contenders, and the ratio that is wanted. */
export const BenchTarget = Type.Object({
  ladder: Text,
  of: Text,
  over: Text,
  atLeast: Type.Number(),
  ...Ratios,
});
export type BenchTarget = Static<typeof BenchTarget>;

export const BenchReport = Type.Object({
  schemaVersion: Type.Literal(1),
  startedAt: Text,
  machine: RunReport.properties.machine,
  harness: RunReport.properties.harness,
  rounds: Type.Integer(),
  seconds: Type.Number(),
  seed: Type.Integer(),
  ladders: Type.Array(Type.Object({ name: Text, title: Text, base: Text })),
  rungs: Type.Array(BenchRung),
  targets: Type.Array(BenchTarget),
  remarks: Type.Array(Text),
});
export type BenchReport = Static<typeof BenchReport>;

/** Returns the report when it keeps its schema. Throws ReportRefused with the first contradiction. */
export function checkBench(value: unknown): BenchReport {
  const [problem] = Value.Errors(BenchReport, value);
  if (problem === undefined) return value as BenchReport;
  throw new ReportRefused(`the bench breaks its schema at ${problem.instancePath || '/'}: ${problem.message}`);
}
