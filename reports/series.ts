/** What was measured of the servers while a run went on: the file that `RunReport.series` names, in the run's folder. */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { ReportRefused } from './check-report.ts';
import { BackendName, SuiteName } from './schema.ts';

const strict = { additionalProperties: false } as const;
const Values = Type.Array(Type.Union([Type.Number({ minimum: 0 }), Type.Null()]));

/** The servers of one backend. All lists have one value a bin, the highest in it; null where nothing was measured. */
export const BackendSeries = Type.Object(
  {
    backend: BackendName,
    /** When the first bin begins, in milliseconds since the run began. */
    fromMs: Type.Number({ minimum: 0 }),
    binMs: Type.Number({ exclusiveMinimum: 0 }),
    /** How late the event loop ran what was due. */
    loopLagMs: Values,
    rssBytes: Values,
    /** Of one core. */
    cpuPercent: Values,
  },
  strict,
);
export type BackendSeries = Static<typeof BackendSeries>;

/** Operations of a case with a history, by the time at which they ended. All lists have one value a bin. */
export const OperationSeries = Type.Object(
  {
    backend: BackendName,
    suite: SuiteName,
    id: Type.String(),
    fromMs: Type.Number({ minimum: 0 }),
    binMs: Type.Number({ exclusiveMinimum: 0 }),
    operations: Type.Array(Type.Integer({ minimum: 0 })),
    p50Ms: Values,
    p99Ms: Values,
  },
  strict,
);
export type OperationSeries = Static<typeof OperationSeries>;

export const RunSeries = Type.Object(
  {
    schemaVersion: Type.Literal(1),
    backends: Type.Array(BackendSeries),
    /** Absent in older files. */
    operations: Type.Optional(Type.Array(OperationSeries)),
  },
  strict,
);
export type RunSeries = Static<typeof RunSeries>;

/** Returns the series when they keep their schema. Throws ReportRefused with the first contradiction. */
export function checkSeries(value: unknown): RunSeries {
  const [problem] = Value.Errors(RunSeries, value);
  if (problem !== undefined) {
    throw new ReportRefused(`the series break their schema at ${problem.instancePath || '/'}: ${problem.message}`);
  }
  const series = value as RunSeries;
  for (const { backend, loopLagMs, rssBytes, cpuPercent } of series.backends) {
    if (loopLagMs.length !== rssBytes.length || loopLagMs.length !== cpuPercent.length) {
      throw new ReportRefused(`the series of ${backend} are not of one length`);
    }
  }
  return series;
}
