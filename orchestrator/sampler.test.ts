import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { checkSeries, type RunSeries } from '../reports/series.ts';
import { makeCase, runSuites } from './fixtures/run-suites.ts';
import { startSampler } from './sampler.ts';
import { createSeriesRecorder } from './series.ts';
import { writeReports } from './write-reports.ts';

// Processes start as fast as the machine lets them.
vi.setConfig({ testTimeout: 120_000 });

test('a run keeps what was sampled of its servers beside its report, and draws it the same every time', async () => {
  let series: RunSeries | undefined;
  const pages: string[] = [];
  const settled = makeCase('busy', async ({ client, namespace }) => {
    const untilMs = performance.now() + 1_500;
    while (performance.now() < untilMs) {
      await client.request({ method: 'PUT', path: `/api/v1/kv/${namespace}/c/k`, body: 'x'.repeat(100_000) });
    }
  });
  const run = await runSuites([settled], {
    look: (folder, { report }) => {
      series = checkSeries(JSON.parse(readFileSync(join(folder, String(report.series)), 'utf8')));
      for (let written = 0; written < 2; written += 1) {
        writeReports(report, {
          names: ['html'],
          folder,
          shown: { now: 'out', stable: 'out' },
          earlier: [],
          environment: {},
          stdout: new PassThrough(),
        });
        pages.push(readFileSync(join(folder, 'index.html'), 'utf8'));
      }
    },
  });
  expect(run.report.series).toBe('series.json');
  expect(pages[0]).toContain('<p>Event-loop lag<small>');
  expect(pages[1]).toBe(pages[0]);
  const [memory] = series?.backends ?? [];
  expect(memory?.backend).toBe('memory');
  expect(Math.max(...(memory?.rssBytes ?? []).map(Number))).toBeGreaterThan(20_000_000);
  expect(Math.max(...(memory?.cpuPercent ?? []).map(Number))).toBeGreaterThan(0);
  expect(memory?.loopLagMs.some((lag) => lag !== null)).toBe(true);
});

test('a server without metrics is asked once, one that is away leaves a gap', async () => {
  await using without = await startAnswering(404, '');
  await using withMetrics = await startAnswering(200, 'commander_process_resident_memory_bytes 5000\n');
  const recorder = createSeriesRecorder(performance.now());
  const sample = (backend: 'target' | 'lmdb', url: string) =>
    startSampler(
      { backend, baseUrl: () => url, pid: () => undefined, authorization: undefined, asked: true },
      recorder,
    );
  {
    using _without = sample('target', without.url);
    using _away = sample('target', 'http://127.0.0.1:1');
    using _with = sample('lmdb', withMetrics.url);
    await expect.poll(withMetrics.asked, { timeout: 10_000 }).toBeGreaterThanOrEqual(4);
  }
  expect(without.asked()).toBe(1);
  expect(recorder.series().backends).toMatchObject([{ backend: 'lmdb', rssBytes: expect.arrayContaining([5_000]) }]);
});

interface AnsweringServer extends AsyncDisposable {
  readonly url: string;
  /** How often it was. */
  asked(): number;
}

async function startAnswering(status: number, body: string): Promise<AnsweringServer> {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
