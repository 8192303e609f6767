import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { credentialsOf, secret } from '../suites/credentials.ts';
import type { Stage } from '../suites/suite.ts';
import { CaseFailed } from '../suites/verdict.ts';
import { makeCase, runSuites } from './fixtures/run-suites.ts';
import { packageRoot } from './package-root.ts';

// Processes start as fast as the machine lets them.
vi.setConfig({ testTimeout: 120_000 });

const own = { isolation: 'server', requires: ['server'] } as const;
const provokes = { 'a line that the server did not log': 'it is made to' };
/** A last line of the process that no log may hold. */
const loudEnd = encodeURIComponent("process.on('exit', () => process.stderr.write('Error: thrown as it ended\\n'))");
const pass = async (): Promise<void> => undefined;
const rejection = 'UnhandledPromiseRejection: planted';
const write = (stage: Stage, ...lines: readonly string[]): void =>
  appendFileSync(stage.server?.logFile ?? '', lines.map((line) => `${line}\n`).join(''));

test('what no log may hold fails the case in whose time it held what it must not, and no other', async () => {
  const planted = async (stage: Stage): Promise<void> => write(stage, '{"level":30}', rejection);
  const run = await runSuites([makeCase('before', pass), makeCase('planted', planted), makeCase('after', pass)], {
    flags: { jobs: '1' },
  });
  expect(run.report.totals).toMatchObject({ passed: 2, failed: 1 });
  const { verdict, reasonCode, findings } = run.result('planted');
  expect({ verdict, reasonCode }).toEqual({ verdict: 'failed', reasonCode: 'logged' });
  expect(findings).toMatchObject([
    {
      expected: "a server's log without an unhandled rejection",
      actual: `line 3 of memory.log: ${rejection}`,
      logRange: { file: 'memory.log', from: 3, to: 3 },
    },
  ]);
});

test('the log of a second server counts too, and one finding stands for all lines of a kind', async () => {
  const planted = async (stage: Stage): Promise<void> => {
    const second = await stage.startSecondServer();
    write(second, 'one', 'two');
    throw new CaseFailed('200', '404');
  };
  const run = await runSuites([makeCase('planted', planted, own)], { flags: { backend: 'lmdb', seed: '1' } });
  expect(run.result('planted').findings).toMatchObject([
    { expected: '200', actual: '404' },
    { actual: expect.stringMatching(/^line 2 of lmdb.load.planted.1.second.log: one \(and 1 more of its lines\)$/) },
  ]);
});

test('a log counts to the end of the server, which comes after that of the case', async () => {
  const run = await runSuites([makeCase('late', pass, own), makeCase('excused', pass, { ...own, provokes })], {
    serverProgram: ['--import', `data:text/javascript,${loudEnd}`, join(packageRoot, 'server', 'bin.mjs')],
  });
  expect(run.result('late')).toMatchObject({ verdict: 'failed', reasonCode: 'logged' });
  expect(run.result('late').reason).toContain('thrown as it ended');
  expect(run.result('excused')).toMatchObject({ verdict: 'passed', reason: null });
});
test('a log is told, and kept, without the passwords and tokens that the server was given', async () => {
  const credentials = credentialsOf([{ name: 'root', role: 'admin', password: true }]);
  let kept = '';
  const look = (folder: string): void => {
    kept = readFileSync(join(folder, 'logs', 'memory.load.leak.1.log'), 'utf8');
  };
  const leak = async (stage: Stage): Promise<void> => {
    write(stage, JSON.stringify({ level: 30, msg: `Bearer root.${secret}`, basic: credentials.authorization }));
  };
  const run = await runSuites([makeCase('leak', leak, { ...own, credentials })], { flags: { seed: '1' }, look });
  expect(run.result('leak').findings).toMatchObject([
    { actual: expect.stringContaining('"msg":"Bearer root.(secret)","basic":"Basic (secret)"') },
  ]);
  expect(JSON.stringify(run.report) + kept).not.toContain(secret);
  expect(kept).toContain('Bearer root.(secret)');
});
