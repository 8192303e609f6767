import { expect, test } from 'vitest';
import type { CaseResult } from '../../reports/schema.ts';
import { foldCauses } from './causes.ts';
import * as runs from './fixtures/runs.ts';

test('folding loses no failed and no inconclusive result, and tells none twice', () => {
  const { results } = runs.createFailingRun();
  const folded = foldCauses(results).flatMap((cause) => cause.results);
  const open = results.filter(({ verdict }) => verdict === 'failed' || verdict === 'inconclusive');
  expect(new Set(folded)).toEqual(new Set(open));
  expect(folded).toHaveLength(open.length);
});

test('failures come before what could not be judged', () => {
  const verdicts = foldCauses(runs.createInconclusiveRun().results.concat(runs.createFailingRun().results)).map(
    ({ verdict }) => verdict,
  );
  expect(verdicts).toEqual(verdicts.toSorted((a, b) => (a === b ? 0 : a === 'failed' ? -1 : 1)));
});

test('cases that could not be judged for one reason are one cause', () => {
  const causes = foldCauses(runs.createInconclusiveRun().results);
  expect(causes.map(({ results }) => results.length).toSorted()).toEqual([1, 1, 2]);
});

test('two ways to die are two causes', () => {
  const { results } = runs.createFailingRun();
  const deaths = results.filter(({ reasonCode }) => reasonCode === 'server_died');
  const other = deaths.map((result) => ({ ...result, reason: 'the server ended by SIGSEGV' }));
  expect(foldCauses([...deaths, ...other])).toHaveLength(2);
});

test('one line of a log, in the time of several cases, is one cause', () => {
  const [first] = runs.createFailingRun().results.filter(({ verdict }) => verdict === 'failed');
  const logged = ['a', 'b'].map((id) => ({ ...first, id, reasonCode: 'logged', reason: 'line 3' }) as CaseResult);
  expect(foldCauses(logged)).toMatchObject([{ kind: 'reason', verdict: 'failed' }]);
});
