import { build } from 'esbuild';
import { expect, test } from 'vitest';
import type { CaseResult, RunReport, Verdict } from '../reports/schema.ts';
import { defects } from '../suites/defects/catalogue.ts';
import type { Defect, WatchedCase } from '../suites/defects/defect.ts';
import { plants } from '../suites/defects/plants/registry.ts';
import { chooseDefects } from './commands/prove.ts';
import { packageRoot } from './package-root.ts';
import { judgeDefect, unknownCases } from './prove.ts';
import { sabotageNames } from './sabotage.ts';

const seen: WatchedCase = { suite: 'conformance', id: 'ttl/put-ttl' };
const blind: WatchedCase = { suite: 'conformance', id: 'ttl/none' };
const defect: Defect = {
  name: 'ttl-divided',
  does: 'A TTL is too short',
  layer: 'backend',
  caughtBy: seen,
  checker: 'TTL boundary',
  unseenBy: blind,
  tier: 'pr',
};

function reportOf(verdicts: Readonly<Record<string, Verdict>>, notTested: RunReport['notTested'] = []): RunReport {
  const results = Object.entries(verdicts).map(([id, verdict]) => {
    const findings = verdict === 'failed' ? [{ expected: '1 s', actual: '1 ms' }] : [];
    return { suite: 'conformance', id, verdict, reason: null, findings } as unknown as CaseResult;
  });
  return { results, notTested } as unknown as RunReport;
}

const good = reportOf({ [seen.id]: 'passed', [blind.id]: 'passed' });
const judge = (planted: RunReport, controls = good) => judgeDefect(defect, { planted, controls, durationMs: 1 });

test('a defect is caught when its case fails, its control passes and the blind case stays green', () => {
  expect(judge(reportOf({ [seen.id]: 'failed', [blind.id]: 'passed' }))).toMatchObject({
    verdict: 'caught',
    reason: null,
    said: 'expected 1 s, got 1 ms',
    control: 'passed',
    unseenBy: { verdict: 'passed' },
  });
});

test.each<[string, RunReport, RunReport, RegExp]>([
  ['its case passes', reportOf({ [seen.id]: 'passed', [blind.id]: 'passed' }), good, /the case passed/],
  ['its case cannot tell', reportOf({ [seen.id]: 'inconclusive', [blind.id]: 'passed' }), good, /inconclusive/],
  [
    'its control fails',
    reportOf({ [seen.id]: 'failed', [blind.id]: 'passed' }),
    reportOf({ [seen.id]: 'failed', [blind.id]: 'passed' }),
    /without the defect the case is failed/,
  ],
  ['its control did not run', reportOf({ [seen.id]: 'failed' }), reportOf({}), /not run/],
  [
    'what cannot see it does',
    reportOf({ [seen.id]: 'failed', [blind.id]: 'failed' }),
    good,
    /cannot see it, is failed/,
  ],
  [
    'it cannot be planted here',
    reportOf({}, [{ what: 'power-loss on lmdb', reason: 'needs root', mend: null }]),
    good,
    /cannot be had here \(power-loss on lmdb: needs root\)/,
  ],
])('a defect is missed when %s', (_, planted, controls, reason) => {
  expect(judge(planted, controls)).toMatchObject({ verdict: 'missed', reason: expect.stringMatching(reason) });
});

test('every case that the catalogue names exists, and every defect can be made', () => {
  expect(unknownCases(defects)).toEqual([]);
  const wrong = { ...defect, caughtBy: { suite: 'conformance', id: 'no/such' } } as const;
  expect(unknownCases([wrong])).toEqual(['conformance/no/such']);
  const planted = defects.filter(({ layer }) => layer !== 'harness').map(({ name }) => name);
  expect([...planted].sort()).toEqual(Object.keys(plants).sort());
  const sabotaged = defects.filter(({ layer }) => layer === 'harness').map(({ name }) => name);
  expect([...sabotaged].sort()).toEqual([...sabotageNames].sort());
});

test('nothing of a planted defect is in the server that ships', async () => {
  const { metafile, outputFiles } = await build({
    absWorkingDir: packageRoot,
    entryPoints: ['server/main.ts'],
    outdir: 'out',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    external: ['@opentelemetry/*', 'lmdb'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.length).toBeGreaterThan(100);
  expect(inputs.filter((path) => /^(suites|orchestrator)\//.test(path))).toEqual([]);
  const text = outputFiles.map((file) => file.text).join('\n');
  expect(Object.keys(plants).filter((name) => text.includes(name))).toEqual([]);
});

test('patterns choose defects, in one flag or in several, and none chooses those of the tier', () => {
  const names = (given: unknown): string[] => chooseDefects(given, 'pr').map(({ name }) => name);
  expect(names('batch-one-by-one')).toEqual(['batch-one-by-one']);
  expect(names('batch-*,lock-not-*')).toEqual(['batch-one-by-one', 'lock-not-released']);
  expect(names(['batch-*', 'lock-not-*'])).toEqual(['batch-one-by-one', 'lock-not-released']);
  expect(names(undefined)).toHaveLength(defects.filter(({ tier }) => tier === 'pr').length);
  expect(() => names(['batch-*', 'lock-nto-released'])).toThrow('lock-not-released');
});
