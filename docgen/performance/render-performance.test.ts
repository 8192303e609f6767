import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { performanceInserts } from './render-performance.ts';

const machine = { cpu: 'a cpu', cores: 2, memoryBytes: 1e9, kernel: 'Linux', engine: null, node: 'v24', root: true };
const spread = (median: number) => ({ median, least: median / 2, most: median * 2 });
const bench = {
  schemaVersion: 1,
  startedAt: '2026-01-02T03:04:05.000Z',
  machine,
  harness: { version: '1.0.0', commit: 'abcdef0123456789', dirty: false },
  rounds: 5,
  seconds: 2,
  seed: 7,
  ladders: [{ name: 'get', title: 'GET', base: 'bare' }],
  rungs: [
    { ladder: 'get', title: 'bare', summary: { perSecond: 50_000, p50Ms: 0.5 }, ratios: { speed: spread(1) } },
    { ladder: 'get', title: 'ours', summary: { perSecond: 40_000, anonBytes: 25e6 }, ratios: { speed: spread(0.8) } },
    { ladder: 'get', title: 'theirs', absent: 'it is not on PATH', summary: {}, ratios: {} },
  ],
  targets: [
    { ladder: 'get', of: 'ours', over: 'bare', atLeast: 0.75, speed: spread(0.8) },
    { ladder: 'get', of: 'ours', over: 'bare', atLeast: 0.9, speed: spread(0.8) },
    { ladder: 'get', of: 'ours', over: 'theirs', atLeast: 1 },
  ],
  remarks: ['other work took 1 %'],
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'commander-docgen-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function insertsOf(content: unknown): Promise<Readonly<Record<string, string>>> {
  const file = join(folder, 'bench.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return performanceInserts(file);
}

test('the page says where and when it was measured, what was reached, missed and absent', async () => {
  const { run, targets, ladders } = await insertsOf(bench);
  expect(run).toContain('Measured on 2026-01-02 at commit `abcdef012345`, seed 7: 5 rounds of 2 s');
  expect(run).toContain('- other work took 1 %');
  expect(targets).toContain('| GET | ours at least 0.75 x bare | 0.80 (0.40-1.60) | reached |');
  expect(targets).toContain('| GET | ours at least 0.9 x bare | 0.80 (0.40-1.60) | not reached |');
  expect(targets).not.toContain('theirs');
  expect(ladders).toMatch(/\| ours \| 40,000 \|.* 25\.0 \|/);
  expect(ladders).toContain('theirs (not measured: it is not on PATH)');
});

test.each([
  ['that is missing', undefined, /bench\.json: ENOENT/],
  ['that is no JSON', '{', /bench\.json: /],
  ['that breaks its schema', { ...bench, seed: 'seven' }, /breaks its schema at \/seed/],
])('a bench %s is an error that names the file', async (_, content, message) => {
  const missing = join(folder, 'none', 'bench.json');
  const made = content === undefined ? performanceInserts(missing) : insertsOf(content);
  await expect(made).rejects.toThrow(message);
});
