import { createHash } from 'node:crypto';
import { Script } from 'node:vm';
import { expect, test } from 'vitest';
import type { RunReport } from '../../../reports/schema.ts';
import { createAnchors } from '../anchors.ts';
import { createContext } from '../fixtures/context.ts';
import { plant, planted } from '../fixtures/hostile.ts';
import { createRun } from '../fixtures/report.ts';
import * as runs from '../fixtures/runs.ts';
import { htmlReporter } from './html.ts';
import { script } from './script.ts';

function render(report: RunReport): string {
  return htmlReporter.render(report, createContext());
}

function attributes(page: string, name: string): readonly string[] {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return [...page.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map(([, value = '']) =>
    value.replaceAll(/&([^;]+);/g, (whole, entity: string) => entities[entity] ?? whole),
  );
}

const made = {
  green: runs.createGreenRun(),
  failing: runs.createFailingRun(),
  inconclusive: runs.createInconclusiveRun(),
  history: runs.createHistoryRun(),
  proving: runs.createProvingRun(),
  lonely: runs.createLonelyRun(),
  absent: runs.createAbsentRun(),
  large: runs.createLargeRun(5_000),
  hostile: plant(runs.createFailingRun()),
  repeated: repeat(runs.createFailingRun()),
};

/** The run as `--repeat 2` would leave it. */
function repeat(run: RunReport): RunReport {
  const twice = run.results.flatMap((result) => [result, { ...result, seed: result.seed + 1 }]);
  return { ...run, results: twice, planned: twice.map(({ backend, suite, id }) => ({ backend, suite, id })) };
}

test.each(Object.entries(made))('in the %s run every case has its anchor exactly once', (_name, run) => {
  const ids = attributes(render(run), 'id');
  const anchorOf = createAnchors(run);
  expect(new Set(ids).size).toBe(ids.length);
  const missing = run.results.map(anchorOf).filter((anchor) => !ids.includes(anchor));
  expect(missing).toEqual([]);
});

test.each(Object.entries(made))('in the %s run every link leads to something in the page', (_name, run) => {
  const page = render(run);
  const ids = new Set(attributes(page, 'id'));
  const fragments = attributes(page, 'href').filter((href) => !href.startsWith('data:'));
  const lost = fragments.filter((href) => !href.startsWith('#') || !ids.has(decodeURIComponent(href.slice(1))));
  expect(lost).toEqual([]);
});

test('anchors are backend and case, as console and JUnit name them', () => {
  expect(attributes(render(made.failing), 'id')).toContain('redis/ttl/overwrite-clears');
});

test('the history of a failing key marks what nothing explains, and says what was possible before it', () => {
  const page = render(made.history);
  expect(page.match(/<rect class="(ok|info|fail) /g)).toHaveLength(3);
  expect(page.match(/<rect class="ok impossible"/g)).toHaveLength(1);
  expect(page).toContain(
    'Nothing explains operation 2: <code>get k -&gt; absent</code>. Possible just before it: <code>1:0 | 2:0</code>.',
  );
  expect(page).toContain('must lose: <b class="passed">lost 776 of 2,504</b>');
  expect(render(made.failing)).not.toContain('class="plot history"');
});

test('the matrix of planted defects says which were found, and by whom', () => {
  const page = render(made.proving);
  expect(page).toContain('2 defects, 1 MISSED');
  expect(page).toContain('<code>reliability/crash/survives</code> passed');
  expect(page).toContain('<p class="place">the case passed</p>');
  expect(attributes(page, 'href')).toContain('#defects');
  expect(render(made.green)).not.toContain('Planted defects');
});

test('two suites with a case of one id keep an anchor each', () => {
  const run = createRun({
    claims: [
      { suite: 'conformance', id: 'ttl/ends', claim: 'a' },
      { suite: 'edge-cases', id: 'ttl/ends', claim: 'b' },
    ],
    backends: ['lmdb'],
  });
  const ids = attributes(render(run), 'id');
  expect(ids).toContain('lmdb/ttl/ends');
  expect(ids).toContain('lmdb/edge-cases/ttl/ends');
});

test('the same run gives the same bytes', () => {
  expect(render(runs.createFailingRun())).toBe(render(structuredClone(made.failing)));
});

test('the policy lets through this style and this script by hash, and nothing else', () => {
  const page = render(made.failing);
  const policy = attributes(page, 'content').find((content) => content.startsWith('default-src')) ?? '';
  expect(page).toContain('<meta http-equiv="Content-Security-Policy"');
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const inside = (tag: string): string => new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page)?.[1] ?? '';
  expect(policy).toContain(`script-src ${hash(inside('script'))};`);
  expect(policy).toContain(`style-src ${hash(inside('style'))};`);
  expect(policy).toMatch(/^default-src 'none';/);
  expect(policy).not.toContain('unsafe');
  expect(page).not.toMatch(/ (style|on\w+)="/);
});

test('the page asks nothing of the network', () => {
  const page = render(made.failing);
  expect(page).not.toMatch(/ (src|srcset|action|poster)=/);
  expect(page).not.toMatch(/url\(|@import|<link(?! rel="icon" href="data:)|<base|<iframe/);
});

test('the script is JavaScript, and nothing in it ends its element', () => {
  expect(() => new Script(script)).not.toThrow();
  expect(script).not.toMatch(/<\/script|<!--/i);
});

test('markup planted in every text of a report stays text', () => {
  const page = htmlReporter.render(
    made.hostile,
    createContext({
      logs: new Map([
        [`redis.log${planted}`, `${JSON.stringify({ level: 30, msg: planted })}\n${planted}\n`.repeat(90)],
      ]),
      earlier: [plant(runs.createGreenRun())],
    }),
  );
  expect(page.match(/<script/gi)).toHaveLength(1);
  expect(page.match(/<\/script/gi)).toHaveLength(1);
  expect(page).not.toMatch(/<img|<!--/i);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(page).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f\u202e\u2028\ufffe]/);
  expect(page.isWellFormed()).toBe(true);
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
});

test('the series of a run are drawn on the cursor of its timeline, and missing ones are not', () => {
  const backends = (['lmdb', 'redis', 'mongodb'] as const).map((backend, index) => {
    const values = Array.from({ length: 600 }, (_, at) => (at % 7 === 0 ? null : 40 + at * (index + 1)));
    return { backend, fromMs: 500, binMs: 500, loopLagMs: values, rssBytes: values, cpuPercent: values };
  });
  const series = { schemaVersion: 1, backends } as const;
  const page = htmlReporter.render(made.large, createContext({ series: { ...series, backends } }));
  for (const lane of ['Memory', 'Processor', 'Event-loop lag']) expect(page).toContain(`<p>${lane}<small>`);
  expect(page).toContain('data-name="mongodb"');
  expect(Buffer.byteLength(page)).toBeLessThan(2_000_000);
  expect(render(made.large)).not.toContain('Event-loop lag');
});

test('5,000 cases take at most 2 MB, and so do 5,000 failures that nothing folds', () => {
  const maxBytes = 2_000_000;
  expect(Buffer.byteLength(render(made.large))).toBeLessThan(maxBytes);
  const results = made.large.results.map((result) => runs.fail(result, { expected: '200', actual: 'x'.repeat(1_500) }));
  const page = render({ ...made.large, results });
  expect(Buffer.byteLength(page)).toBeLessThan(maxBytes);
  expect(page).toContain('not shown here');
});

test('verdict, matrix and failures are in the page before any script runs', () => {
  const page = render(made.failing).replace(/<script>[\s\S]*<\/script>/, '');
  expect(page).toContain('<h1 class="long">2 of 67 claims fail on lmdb and redis');
  expect(page).toContain('<i aria-hidden="true">✗</i> 1 failed');
  expect(page).toContain('404 key_not_found (operation 7)');
  expect(page).toContain('npx orchestrator run --backend redis --case ttl/overwrite-clears --seed 83412');
});

test('the log is shown twenty lines before and after, with the range marked', () => {
  const page = render(made.failing);
  const card = page.slice(page.indexOf('id="redis/ttl/overwrite-clears"'));
  const log = card.slice(0, card.indexOf('</article>'));
  expect([...log.matchAll(/<td>(\d+)<\/td>/g)].map(([, line]) => Number(line))).toEqual(
    Array.from({ length: 44 }, (_, index) => 98 + index),
  );
  expect(log.match(/<tr class="hit">/g)).toHaveLength(4);
});

test('what is absent has its reason and its mend', () => {
  const page = render(made.lonely);
  const section = page.slice(page.indexOf('<section id="not-tested">'), page.indexOf('<section id="environment">'));
  for (const { what, mend } of made.lonely.notTested) {
    expect(section).toContain(`<b>${what}</b>`);
    expect(section).toContain(mend);
  }
});
