import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunReport } from '../reports/schema.ts';
import { earlierReports, newRunId, openRunFolder, pointLatest, readReport, retainRuns } from './run-folder.ts';
import { UsageError } from './usage-error.ts';

let reports = '';
beforeEach(() => {
  reports = mkdtempSync(join(tmpdir(), 'run-folder-test-'));
});
afterEach(() => rmSync(reports, { recursive: true }));

const now = new Date('2026-03-31T12:00:00.000Z');
const daysAgo = (days: number): Date => new Date(now.getTime() - days * 86_400_000);

function keepRun(startedAt: Date, code: number): string {
  const id = newRunId(startedAt);
  const report: RunReport = {
    schemaVersion: 1,
    id,
    startedAt: startedAt.toISOString(),
    durationMs: 1,
    tier: 'pr',
    seed: 1,
    argv: [],
    harness: { version: '0.1.0', commit: null, dirty: false },
    machine: { cpu: 'x', cores: 1, memoryBytes: 1, kernel: 'Linux', engine: null, node: 'v24', root: false },
    subjects: [],
    probes: [],
    notTested: [],
    planned: [],
    results: [],
    series: null,
    totals: { passed: 0, failed: 0, inconclusive: 0, skipped: 0 },
    exit: { code, why: 'a test' },
  };
  mkdirSync(join(reports, 'runs', id), { recursive: true });
  writeFileSync(join(reports, 'runs', id, 'report.json'), JSON.stringify(report));
  return id;
}

test('ids sort by time and differ within a second', () => {
  const ids = [daysAgo(2), daysAgo(1), now].map(newRunId);
  expect([...ids].sort()).toEqual(ids);
  expect(ids[2]).toMatch(/^20260331-120000-[0-9a-f]{4}$/);
});

describe('retention', () => {
  test('the newest 20 stay whatever they say; older ones only when they did not pass in the last 14 days', () => {
    const newest = Array.from({ length: 20 }, (_, hour) => keepRun(new Date(now.getTime() - hour * 3_600_000), 0));
    const failed = keepRun(daysAgo(13), 1);
    const inconclusive = keepRun(daysAgo(12), 3);
    const gone = [keepRun(daysAgo(13), 0), keepRun(daysAgo(15), 1)];
    const unreadable = '20260101-000000-dead';
    mkdirSync(join(reports, 'runs', unreadable));
    retainRuns(reports, now, 20);
    expect(readdirSync(join(reports, 'runs')).sort()).toEqual([...newest, failed, inconclusive].sort());
    for (const id of [...gone, unreadable]) expect(existsSync(join(reports, 'runs', id))).toBe(false);
  });

  test('fewer are kept where fewer are asked for', () => {
    const [newest, older] = [keepRun(now, 0), keepRun(daysAgo(1), 0)];
    retainRuns(reports, now, 1);
    expect(readdirSync(join(reports, 'runs'))).toEqual([newest]);
    expect(existsSync(join(reports, 'runs', older))).toBe(false);
  });

  test('without any run it does nothing', () => expect(() => retainRuns(reports, now, 20)).not.toThrow());
});

test('reports/latest points at the newest run, again and again', () => {
  for (const id of [keepRun(daysAgo(1), 0), keepRun(now, 1)]) {
    pointLatest(reports, id);
    expect(readlinkSync(join(reports, 'latest'))).toBe(join('runs', id));
    expect(readReport(join(reports, 'latest')).id).toBe(id);
  }
  expect(readdirSync(reports).sort()).toEqual(['latest', 'runs']);
});

test('earlier reports are those that began before, newest first', () => {
  const [first, second] = [keepRun(daysAgo(3), 0), keepRun(daysAgo(2), 1)];
  keepRun(now, 0);
  writeFileSync(join(reports, 'runs', second, 'junk'), '');
  expect(earlierReports(reports, daysAgo(1).toISOString()).map(({ id }) => id)).toEqual([second, first]);
});

describe('the folder of a run', () => {
  test('is made with its logs, and may be that of an earlier run', () => {
    const folder = openRunFolder(join(reports, 'a', 'b'));
    expect(readdirSync(folder)).toEqual(['logs']);
    writeFileSync(join(folder, 'report.json'), '{}');
    writeFileSync(join(folder, 'logs', 'old.log'), '');
    for (const name of ['histories', 'defects']) mkdirSync(join(folder, name));
    expect(readdirSync(join(openRunFolder(folder), 'logs'))).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['logs', 'report.json']);
  });

  test.each([
    ['holds something else', () => writeFileSync(join(reports, 'thesis.txt'), 'do not lose me'), ''],
    ['is a file', () => writeFileSync(join(reports, 'file'), ''), 'file'],
    ['cannot be made', () => writeFileSync(join(reports, 'file'), ''), 'file/below'],
  ])('is refused where it %s', (_, prepare, name) => {
    prepare();
    expect(() => openRunFolder(join(reports, name))).toThrow(UsageError);
  });
});
