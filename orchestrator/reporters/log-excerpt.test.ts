import { expect, test } from 'vitest';
import { createLog } from './fixtures/runs.ts';
import { excerptLog } from './log-excerpt.ts';

const logs = new Map([['redis.log', createLog(240)]]);

test('the excerpt is the range and twenty lines on either side, each in its words', () => {
  const excerpt = excerptLog({ file: 'redis.log', from: 118, to: 121 }, logs);
  expect(excerpt?.lines.map(({ number }) => number)).toEqual(Array.from({ length: 44 }, (_, i) => 98 + i));
  expect(excerpt?.lines.filter(({ marked }) => marked).map(({ number }) => number)).toEqual([118, 119, 120, 121]);
  expect(excerpt?.lines[20]).toMatchObject({ level: 'warn', time: '09:26:54.415' });
  expect(excerpt?.lines[20]?.text).toMatch(/^key is absent: .* {2}requestId=req-3a .* {2}status=404 /);
});

test('at either end of the log there are as many lines as there are', () => {
  expect(excerptLog({ file: 'redis.log', from: 1, to: 1 }, logs)?.lines).toHaveLength(21);
  expect(excerptLog({ file: 'redis.log', from: 240, to: 240 }, logs)?.lines).toHaveLength(21);
  expect(excerptLog({ file: 'redis.log', from: 999, to: 999 }, logs)?.lines).toEqual([]);
});

test('a range too long to show says how many lines it leaves out', () => {
  const excerpt = excerptLog({ file: 'redis.log', from: 1, to: 240 }, logs);
  expect((excerpt?.lines.length ?? 0) + (excerpt?.leftOut ?? 0)).toBe(240);
});

test('a line that is no JSON stays as it is, and a log that is not at hand gives nothing', () => {
  const odd = new Map([['x.log', 'Segmentation fault\n{"level":\n']]);
  expect(excerptLog({ file: 'x.log', from: 1, to: 2 }, odd)?.lines.map(({ text }) => text)).toEqual([
    'Segmentation fault',
    '{"level":',
  ]);
  expect(excerptLog({ file: 'y.log', from: 1, to: 2 }, odd)).toBeUndefined();
});
