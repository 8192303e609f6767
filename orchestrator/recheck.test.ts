import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CaseResult, RunReport } from '../reports/schema.ts';
import type { Check } from '../suites/checkers/registry.ts';
import { storeCheck } from '../suites/checkers/run-check.ts';
import { get, historyOf, type Step, set } from '../suites/checkers/sketch.ts';
import { openHistoryWriter } from '../suites/history-file.ts';
import { recheckCommand } from './commands/recheck.ts';
import { createLonelyRun } from './reporters/fixtures/runs.ts';
import { UsageError } from './usage-error.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recheck-test-'));
  mkdirSync(join(folder, 'histories'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const zones: Check = { checker: 'zones', parameters: {}, minimums: { reads: 1 } };
const right: readonly Step[] = [
  [1, set('a'), 0, 1],
  [2, get('a'), 2, 3],
];
const stale: readonly Step[] = [...right, [1, set('b'), 4, 5], [2, get('a'), 6, 7]];

interface Stored {
  readonly id: string;
  readonly steps: readonly Step[];
  readonly checks?: readonly Check[];
  readonly stored?: Partial<CaseResult>;
}

const fileOf = (id: string): string => join(folder, 'histories', `${id}.zst`);

async function resultOf(
  template: CaseResult,
  { id, steps, checks = [zones], stored = {} }: Stored,
): Promise<CaseResult> {
  const writer = openHistoryWriter(fileOf(id), { case: `edge-cases/${id}`, backend: 'lmdb', seed: 1 });
  for (const operation of historyOf(steps)) writer.append(operation);
  const { sha256 } = await writer.finish(checks.map(storeCheck));
  const history = { path: `histories/${id}.zst`, sha256, checkerVersion: 'zones-1' };
  const passed = { verdict: 'passed', reasonCode: null, reason: null, findings: [] } as const;
  return { ...template, ...passed, suite: 'edge-cases', backend: 'lmdb', id, history, ...stored } as CaseResult;
}

/** Stores a run of these cases and judges it again. */
async function recheckAll(
  stored: readonly Stored[],
  args: { readonly case?: string; readonly before?: () => void } = {},
) {
  const run = createLonelyRun();
  const [template] = run.results;
  if (template === undefined) throw new Error('a run without a result');
  const results = await Promise.all(stored.map((one) => resultOf(template, one)));
  const count = (verdict: CaseResult['verdict']): number => results.filter((one) => one.verdict === verdict).length;
  const report: RunReport = {
    ...run,
    results,
    planned: results.map(({ backend, suite, id }) => ({ backend, suite, id })),
    totals: { passed: count('passed'), failed: count('failed'), inconclusive: count('inconclusive'), skipped: 0 },
  };
  writeFileSync(join(folder, 'report.json'), JSON.stringify(report));
  args.before?.();
  const lines: string[] = [];
  const stdout = { write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream;
  const tell = (line: string): void => void lines.push(`${line}\n`);
  const context = { environment: {}, folder, stdout, tell, argv: [] };
  const code = await recheckCommand.run(
    { run: folder, ...(args.case === undefined ? {} : { case: args.case }) },
    context,
  );
  return { code, shown: lines.join('') };
}

test('what held holds again: exit 0', async () => {
  const { code, shown } = await recheckAll([{ id: 'a', steps: right }]);
  expect(shown).toContain('same     lmdb  edge-cases/a  then passed, now passed  (2 operations, zones-1)');
  expect(code).toBe(0);
});

describe('a violation is 1, with its witness', () => {
  const finding = { expected: 'x', actual: 'y', exchange: null, witness: 'w', logRange: null };
  const failed: Partial<CaseResult> = { verdict: 'failed', reasonCode: 'finding', reason: 'x', findings: [finding] };
  test('found then as now', async () => {
    const { code, shown } = await recheckAll([{ id: 'a', steps: stale, stored: failed }]);
    expect(shown).toMatch(/^same .*then failed, now failed/);
    expect(shown).toContain('operation 3  process 2');
    expect(code).toBe(1);
  });
  test('found only now', async () => {
    const { code, shown } = await recheckAll([{ id: 'a', steps: stale }]);
    expect(shown).toMatch(/^DIFFERS .*then passed, now failed/);
    expect(code).toBe(1);
  });
  test('found only then is 3: one of the two judgements is wrong', async () => {
    const { code, shown } = await recheckAll([{ id: 'a', steps: right, stored: failed }]);
    expect(shown).toContain('what its history showed then is not found now');
    expect(code).toBe(3);
  });
  test('a failure that no history showed stays what it was', async () => {
    const died = { ...failed, reasonCode: 'server_died', reason: 'the server died' };
    const { code, shown } = await recheckAll([{ id: 'a', steps: right, stored: died }]);
    expect(shown).toContain('not by its history: the server died');
    expect(code).toBe(0);
  });
});

describe('what cannot be told is 3', () => {
  test.for([
    ['a file that is missing', () => rmSync(fileOf('a')), 'ENOENT'],
    ['a file that is cut', () => truncateSync(fileOf('a'), 30), 'is no whole history'],
    [
      'a file that is another',
      () => writeFileSync(fileOf('a'), readFileSync(fileOf('b'))),
      'was altered: it is not the file whose digest the report has',
    ],
  ] as const)('%s', async ([, before, why]) => {
    const { code, shown } = await recheckAll(
      [
        { id: 'a', steps: right },
        { id: 'b', steps: stale },
      ],
      { case: 'a', before },
    );
    expect(shown).toContain(why);
    expect(code).toBe(3);
  });
  test('a history that proves too little', async () => {
    const { code, shown } = await recheckAll([{ id: 'a', steps: right.slice(0, 1) }]);
    expect(shown).toContain('zones: reads was 0 of 1');
    expect(code).toBe(3);
  });
  test('a history that no check was stored for', async () => {
    const { code, shown } = await recheckAll([{ id: 'a', steps: right, checks: [] }]);
    expect(shown).toContain('the case ended before its history was judged');
    expect(code).toBe(3);
  });
  test('no history at all', async () => {
    const { code, shown } = await recheckAll([{ id: 'a', steps: right }], { case: 'other/*' });
    expect(shown).toContain('no case of this run has a history to judge');
    expect(code).toBe(3);
  });
});

test('--case chooses by id or by suite and id', async () => {
  const cases = [
    { id: 'a', steps: right },
    { id: 'b', steps: stale },
  ];
  expect((await recheckAll(cases, { case: 'a' })).code).toBe(0);
});

test('a run that there is not is a usage error', async () => {
  const context = { environment: {}, folder, stdout: process.stdout, tell: () => undefined, argv: [] };
  await expect(recheckCommand.run({ run: 'nothing' }, context)).rejects.toThrow(UsageError);
});
