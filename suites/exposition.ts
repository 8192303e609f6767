/**
 * A strict reader of the Prometheus text exposition format, version 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/. It takes less than a scraper would: what it accepts,
 * every scraper does.
 */

export interface ExposedSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export interface ExposedFamily {
  readonly name: string;
  readonly type: string;
  readonly samples: readonly ExposedSample[];
}

const metricName = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const helpLine = new RegExp(`^# HELP (${metricName}) ((?:[^\\\\\\n]|\\\\[\\\\n])+)$`);
const typeLine = new RegExp(`^# TYPE (${metricName}) (counter|gauge|histogram)$`);
const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^\\\\"\\n]|\\\\[\\\\"n])*"';
const sampleLine = new RegExp(`^(${metricName})(?:\\{(${label}(?:,${label})*)\\})? (\\S+)$`);
const number = /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf|-Inf|NaN)$/;

/** Throws Error that names what breaks the format. */
export function parseExposition(text: string): readonly ExposedFamily[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const blocks: string[][] = [];
  for (const line of text.slice(0, -1).split('\n')) {
    if (line.startsWith('# HELP ')) blocks.push([line]);
    else if (blocks.length === 0) throw new Error(`HELP comes first: ${line}`);
    else blocks.at(-1)?.push(line);
  }
  const families = blocks.map(parseFamily);
  if (new Set(families.map(({ name }) => name)).size < families.length) throw new Error('a family stands twice');
  return families;
}

function parseFamily([helpText = '', typeText = '', ...lines]: readonly string[]): ExposedFamily {
  const helped = helpLine.exec(helpText)?.[1];
  const [, name = '', type = ''] = typeLine.exec(typeText) ?? [];
  if (helped === undefined || helped !== name) throw new Error(`TYPE follows the HELP of its family: ${helpText}`);
  const family = { name, type, samples: lines.map(parseSample) };
  const foreign = family.samples.find((sample) => !belongs(sample, family));
  if (foreign !== undefined) throw new Error(`${foreign.name} is no sample of ${name}`);
  if (new Set(family.samples.map(identity)).size < lines.length) throw new Error(`a series of ${name} stands twice`);
  checkFamily(family);
  return family;
}

function parseSample(line: string): ExposedSample {
  const [, name, labelText = '', valueText = ''] = sampleLine.exec(line) ?? [];
  if (name === undefined || !number.test(valueText)) throw new Error(`this is no sample: ${line}`);
  const pairs = [...labelText.matchAll(/([a-zA-Z0-9_]+)="((?:[^\\"]|\\.)*)"/g)];
  const labels = new Map(pairs.map(([, key = '', value = '']) => [key, unescapeLabel(value)]));
  if (labels.size !== pairs.length) throw new Error(`a label stands twice: ${line}`);
  return { name, labels, value: Number(valueText.replace('Inf', 'Infinity')) };
}

function unescapeLabel(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function identity({ name, labels }: ExposedSample): string {
  return JSON.stringify([name, ...[...labels].sort()]);
}

function belongs({ name, labels }: ExposedSample, family: ExposedFamily): boolean {
  if (family.type !== 'histogram') return name === family.name && !labels.has('le');
  if (name === `${family.name}_bucket`) return labels.has('le');
  return (name === `${family.name}_sum` || name === `${family.name}_count`) && !labels.has('le');
}

function checkFamily(family: ExposedFamily): void {
  const { name, type, samples } = family;
  if (samples.length === 0) throw new Error(`the family ${name} has no sample`);
  if (type === 'counter' && !name.endsWith('_total')) throw new Error(`the counter ${name} does not end with _total`);
  if (type !== 'gauge' && samples.some(({ value }) => !(value >= 0))) throw new Error(`${name} counts below zero`);
  if (type !== 'histogram') return;
  for (const series of Map.groupBy(samples, withoutBound).values()) checkHistogram(name, series);
}

function withoutBound({ labels }: ExposedSample): string {
  return JSON.stringify([...labels].filter(([key]) => key !== 'le').sort());
}

/** Buckets ascend, in bound and in count, and the last of them holds everything. */
function checkHistogram(name: string, series: readonly ExposedSample[]): void {
  const buckets = series
    .filter((sample) => sample.name === `${name}_bucket`)
    .map(({ labels, value }) => ({ bound: Number(labels.get('le')?.replace('Inf', 'Infinity')), value }));
  const ascending = buckets.every(({ bound, value }, index) => {
    const before = buckets[index - 1];
    return before === undefined || (before.bound < bound && before.value <= value);
  });
  const count = series.find((sample) => sample.name === `${name}_count`)?.value;
  const sum = series.find((sample) => sample.name === `${name}_sum`)?.value;
  const last = buckets.at(-1);
  if (!ascending || last?.bound !== Number.POSITIVE_INFINITY || last.value !== count || sum === undefined) {
    throw new Error(`the histogram ${name} contradicts itself`);
  }
}
