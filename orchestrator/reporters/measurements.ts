import type { BackendName, CaseResult, Measurement, RunReport } from '../../reports/schema.ts';
import { renderBytes, renderCount, renderDuration } from './quantities.ts';

interface MeasuredCell {
  readonly value: number;
  readonly text: string;
}

export interface MeasuredRow {
  readonly name: string;
  readonly unit: string;
  /** One a backend, in the table's order; undefined where it was not measured. */
  readonly cells: readonly (MeasuredCell | undefined)[];
}

/** The measurements of one case side by side on every backend. */
export interface LoadTable {
  readonly id: string;
  readonly claim: string;
  readonly backends: readonly BackendName[];
  readonly rows: readonly MeasuredRow[];
}

/** One table for each case of the suite load that measured something. */
export function createLoadTables(report: RunReport): readonly LoadTable[] {
  return createTables(report.results.filter(({ suite }) => suite === 'load'));
}

/** The same for what cases of the other suites measured. */
export function createOtherTables(report: RunReport): readonly LoadTable[] {
  return createTables(report.results.filter(({ suite }) => suite !== 'load'));
}

function createTables(results: readonly CaseResult[]): readonly LoadTable[] {
  const measured = results.filter(({ measurements }) => measurements.length > 0);
  return [...Map.groupBy(measured, ({ suite, id }) => `${suite} ${id}`).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const keys = new Map(group.flatMap(({ measurements }) => measurements.map((m) => [`${m.name} ${m.unit}`, m])));
    const rows = [...keys.values()].map(({ name, unit }) => ({
      name,
      unit,
      cells: group.map(({ measurements }) => cellOf(measurements.find((m) => m.name === name && m.unit === unit))),
    }));
    return [{ id: first.id, claim: first.claim, backends: group.map(({ backend }) => backend), rows }];
  });
}

function cellOf(measurement: Measurement | undefined): MeasuredCell | undefined {
  if (measurement === undefined) return undefined;
  return { value: measurement.value, text: renderMeasured(measurement) };
}

function renderMeasured({ unit, value }: Measurement): string {
  if (unit === 'ms') return value < 1000 ? `${renderCount(Math.round(value * 100) / 100)} ms` : renderDuration(value);
  if (unit === 'B' || unit === 'bytes') return renderBytes(value);
  const rate = /^1?\/(\w+)$/.exec(unit)?.[1];
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 1000) / 1000;
  if (rate !== undefined) return `${renderCount(rounded)}/${rate}`;
  return unit === '' ? renderCount(rounded) : `${renderCount(rounded)} ${unit}`;
}
