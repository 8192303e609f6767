/** The Prometheus text exposition format, version 0.0.4. */

export const metricsMediaType = 'text/plain; version=0.0.4; charset=utf-8';

export interface FamilyHead {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels?: readonly string[];
}

/** Values of the labels in the order of the family's, and what stands under them. */
export type FamilySeries =
  | { readonly labels: readonly string[]; readonly value: number | undefined }
  | {
      readonly labels: readonly string[];
      readonly sum: number;
      readonly bounds: readonly number[];
      /** One more than there are bounds. */
      readonly cumulative: readonly number[];
    };

/** Empty for a family of which nothing is known. */
export function renderFamily(head: FamilyHead, series: readonly FamilySeries[]): string {
  const names = head.labels ?? [];
  const lines = series.flatMap((one) => {
    const labels = one.labels.map((value, index) => `${names[index]}="${escapeLabel(value)}"`);
    if ('value' in one) return one.value === undefined ? [] : [renderSample(head.name, labels, one.value)];
    return [
      ...one.cumulative.map((count, index) =>
        renderSample(`${head.name}_bucket`, [...labels, `le="${renderNumber(one.bounds[index] ?? Infinity)}"`], count),
      ),
      renderSample(`${head.name}_sum`, labels, one.sum),
      renderSample(`${head.name}_count`, labels, one.cumulative.at(-1) ?? 0),
    ];
  });
  if (lines.length === 0) return '';
  return `# HELP ${head.name} ${escapeHelp(head.help)}\n# TYPE ${head.name} ${head.type}\n${lines.join('\n')}\n`;
}

function renderSample(name: string, labels: readonly string[], value: number): string {
  return `${name}${labels.length === 0 ? '' : `{${labels.join(',')}}`} ${renderNumber(value)}`;
}

function renderNumber(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
