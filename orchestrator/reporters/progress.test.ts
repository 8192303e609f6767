import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CaseResult } from '../../reports/schema.ts';
import * as runs from './fixtures/runs.ts';
import { createProgress } from './progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(isTerminal: boolean) {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text), columns: 60 };
  return { progress: createProgress(stream, { isTerminal }), text: () => written.join('') };
}

const { results, planned } = runs.createInconclusiveRun();

test('without a terminal each case that did not pass has a line, and each suite x backend as it ends', () => {
  const { progress, text } = open(false);
  progress.planned(planned);
  for (const result of results) {
    progress.started(result);
    progress.finished(result);
  }
  progress.close();
  const lines = text().trimEnd().split('\n');
  expect(lines.filter((line) => line.startsWith('? inconclusive  '))).toHaveLength(4);
  expect(lines.filter((line) => / on (lmdb|redis|mongodb): /.test(line))).toHaveLength(9);
  expect(lines).toContain('? conformance on mongodb: 2 inconclusive, 53 passed');
  expect(lines).toHaveLength(13);
  expect(text()).not.toContain('\u001b');
});

test('without a terminal silence is broken at most every ten seconds', () => {
  const { progress, text } = open(false);
  progress.planned(planned);
  progress.started(first());
  vi.advanceTimersByTime(9_900);
  expect(text()).toBe('');
  vi.advanceTimersByTime(25_000);
  expect(text().trimEnd().split('\n')).toEqual([
    '10.0 s  ·  lmdb 0/67  ·  redis 0/67  ·  mongodb 0/67  ·  lmdb get/bytes-verbatim',
    '20.0 s  ·  lmdb 0/67  ·  redis 0/67  ·  mongodb 0/67  ·  lmdb get/bytes-verbatim',
    '30.0 s  ·  lmdb 0/67  ·  redis 0/67  ·  mongodb 0/67  ·  lmdb get/bytes-verbatim',
  ]);
  progress.close();
  vi.advanceTimersByTime(60_000);
  expect(text().trimEnd().split('\n')).toHaveLength(3);
});

test('on a terminal one live line stays within the width, gives way to lines and is gone at the end', () => {
  const { progress, text } = open(true);
  progress.planned(planned);
  progress.started(first());
  vi.advanceTimersByTime(400);
  progress.log('a line\u001b[2J of something else');
  vi.advanceTimersByTime(400);
  progress.close();
  const drawn = text().split('\r\u001b[2K');
  expect(drawn.at(-1)).toBe('');
  expect(drawn).toContain('a line\\x1b[2J of something else\n');
  for (const line of drawn) expect(line.length).toBeLessThanOrEqual(60);
  expect(drawn.filter((line) => line.startsWith('0 ms  ·  lmdb 0/67'))).toHaveLength(4);
});

function first(): CaseResult {
  const [result] = results;
  if (result === undefined) throw new Error('the run has no result');
  return result;
}
