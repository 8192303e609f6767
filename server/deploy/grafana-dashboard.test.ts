import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Backend, BackendContext } from '../backends/backend.ts';
import { openMemory } from '../backends/memory.ts';
import type { StorageState } from '../backends/storage-state.ts';
import { CommanderError } from '../errors.ts';
import { composeApp } from '../test-support/compose-app.ts';
import { createTemporaryFolder } from '../test-support/temporary-folder.ts';

/** Families that no panel shows, and why. */
const leftOut: Readonly<Record<string, string>> = {
  commander_clock_ahead_seconds: 'it is 0 but where a clock was wrong: worth an alert, not a panel',
};

interface Family {
  readonly type: string;
  readonly labels: Set<string>;
}

/** Added by Prometheus to what it scrapes. */
const scrapeLabels = ['job', 'instance'];

const dashboard: unknown = JSON.parse(readFileSync(new URL('grafana-dashboard.json', import.meta.url), 'utf8'));

function textsNamed(name: string, value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === name && typeof inner === 'string' ? [inner] : textsNamed(name, inner),
  );
}

const expressions = [...textsNamed('expr', dashboard), ...textsNamed('query', dashboard)];

/** What a server shows that has read, written and failed, over a store that says everything of itself. */
async function exportedFamilies(): Promise<ReadonlyMap<string, Family>> {
  await using folder = await createTemporaryFolder();
  const openBackend = (context: BackendContext): Backend => {
    context.watchSpace?.(() => ({ freeBytes: 1, reserveBytes: 1, full: false, refused: 0 }));
    return {
      ...openMemory(context),
      stats: async () => ({ bytes: 1, freeBytes: 1, records: 1 }),
      head: async () => {
        throw new CommanderError('store_unavailable', 'gone');
      },
      touch: async () => {
        throw new CommanderError('record_corrupt', 'damaged');
      },
    };
  };
  const storage = (): StorageState => ({
    recovery: { foundAtMs: 2, fault: 'it is empty', quarantine: '/q', restoredToMs: 1 },
    quarantines: 1,
    damagedRecords: 1,
    snapshots: { taken: 1, failed: 1, failing: true, newestAtMs: 1, newestBytes: 1, durationMs: 1 },
  });
  await using composed = composeApp({ openBackend, dataFolder: folder.path, storage });
  for (const method of ['PUT', 'GET', 'HEAD']) await composed.send(method, '/api/v1/kv/n/c/k');
  await composed.send('PATCH', '/api/v1/kv/n/c/k?persist=true');
  const families = new Map<string, Family>();
  for (const line of (await composed.send('GET', '/metrics')).body.toString().split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name !== undefined && type !== undefined) families.set(name, { type, labels: new Set() });
    const [, sample = '', labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    const family = families.get(sample) ?? families.get(familyOf(sample));
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) family?.labels.add(label);
  }
  return families;
}

/** A histogram's name without that of its parts. */
function familyOf(name: string): string {
  return name.replace(/_(bucket|sum|count)$/, '');
}

const families = await exportedFamilies();

/** Metric names in an expression, with the parts of a histogram folded into it. */
function namesIn(expression: string): readonly string[] {
  return [...expression.matchAll(/\bcommander_\w+/g)].map(([name]) => (families.has(name) ? name : familyOf(name)));
}

test('every metric that a panel asks for is exported', () => {
  const unknown = expressions.flatMap(namesIn).filter((name) => !families.has(name));
  expect(unknown).toEqual([]);
  expect(expressions.length).toBeGreaterThan(20);
});

test('every exported metric is in a panel, or left out for a reason', () => {
  const shown = new Set(expressions.flatMap(namesIn));
  const dark = [...families.keys()].filter((name) => !shown.has(name) && leftOut[name] === undefined);
  expect(dark).toEqual([]);
  expect(Object.keys(leftOut).filter((name) => shown.has(name) || !families.has(name))).toEqual([]);
});

test('counters and histograms are read by their rate, gauges are not', () => {
  const wrong = expressions.flatMap((expression) =>
    namesIn(expression)
      .filter((name) => (families.get(name)?.type === 'gauge') === expression.includes(`rate(${name}`))
      .map((name) => `${name} in ${expression}`),
  );
  expect(wrong).toEqual([]);
});

test('every label that an expression or a legend names is one of its metric', () => {
  const panels = textsNamed('legendFormat', dashboard).flatMap((legend) =>
    [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label),
  );
  const grouped = expressions.flatMap((expression) =>
    [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, ?/)),
  );
  const known = new Set([...scrapeLabels, ...[...families.values()].flatMap(({ labels }) => [...labels])]);
  expect([...panels, ...grouped].filter((label) => !known.has(label))).toEqual([]);
});
