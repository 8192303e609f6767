import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkReport } from '../reports/check-report.ts';
import { processEnvironment } from './environment.ts';
import type { LedgerContent } from './ledger.ts';
import { readLedger } from './ledger.ts';
import { packageRoot } from './package-root.ts';
import { processesOfRun } from './process-identity.ts';
import { containersOfRun, inspectImage, probeContainerEngine } from './providers/container-engine.ts';
import { openStateFolder } from './state-folder.ts';
import { waitFor } from './wait.ts';

// Processes and containers start as fast as the machine lets them.
vi.setConfig({ testTimeout: 120_000 });

const image = processEnvironment.REDIS_IMAGE ?? 'redis:7';
const hasImage = (await probeContainerEngine()).available && (await inspectImage(image)) !== undefined;
/** With a container where there can be one, so that its end is seen too. */
const backend = hasImage ? 'redis' : 'lmdb';

let folder = '';
let runs: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'command-line-test-'));
});

afterEach(async () => {
  for (const run of runs) run.kill('SIGKILL');
  await noLedgers();
  runs = [];
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the command line with a state folder of its own. */
function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
  const run = spawn(process.execPath, [join(packageRoot, 'orchestrator', 'bin.mjs'), ...args], {
    cwd: folder,
    env: { ...processEnvironment, GITHUB_STEP_SUMMARY: '', ...environment, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  runs.push(run);
  return run;
}

async function runToEnd(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const run = start(args, environment);
  if (run.stdout === null || run.stderr === null) throw new Error('no output');
  const [stdout, stderr, [code]] = await Promise.all([text(run.stdout), text(run.stderr), once(run, 'exit')]);
  return { code: code as number | null, stdout, stderr };
}

const ledgerFiles = (): string[] => {
  const { ledgers } = openStateFolder(folder);
  return readdirSync(ledgers).map((name) => join(ledgers, name));
};

async function noLedgers(): Promise<void> {
  const gone = async (): Promise<true | undefined> => (ledgerFiles().length === 0 ? true : undefined);
  await waitFor('the ledgers to be undone', gone, { timeoutMs: 25_000 });
}

/** Resolves with the ledger of a run that has its server, and its container where it has one, and judges cases. */
async function ledgerInMidRun(): Promise<LedgerContent> {
  const look = async (): Promise<LedgerContent | undefined> => {
    const [file] = ledgerFiles();
    const content = file === undefined ? undefined : readLedger(file);
    const kinds = content?.resources.map(({ kind }) => kind) ?? [];
    const served = processesOfRun(content?.owner.id ?? '').length > 0;
    return served && kinds.includes('process') && (!hasImage || kinds.includes('container')) ? content : undefined;
  };
  return waitFor('a run to be under way', look, { timeoutMs: 25_000 });
}

const suiteRun = ['run', '--suite', 'conformance', '--backend', backend, '--out', 'out'];

describe.runIf(existsSync('/proc/self/stat'))('a run that does not come to its end', () => {
  test(`leaves no process, container or folder after kill -9 (${backend})`, async () => {
    const run = start(suiteRun);
    const { owner } = await ledgerInMidRun();
    expect(existsSync(join(openStateFolder(folder).work, owner.id))).toBe(true);
    expect(hasImage ? await containersOfRun(owner.id) : ['none']).toHaveLength(1);
    run.kill('SIGKILL');
    await noLedgers();
    expect(processesOfRun(owner.id)).toEqual([]);
    expect(hasImage ? await containersOfRun(owner.id) : []).toEqual([]);
    expect(readdirSync(openStateFolder(folder).work)).toEqual([]);
  });

  test('reports what it has judged after Ctrl-C, exits 130 and leaves nothing', async () => {
    const run = start(suiteRun);
    const { owner } = await ledgerInMidRun();
    run.kill('SIGINT');
    expect(await once(run, 'exit')).toEqual([130, null]);
    const report = checkReport(JSON.parse(readFileSync(join(folder, 'out', 'report.json'), 'utf8')));
    expect(report.exit.code).toBe(130);
    expect(report.results.some(({ reasonCode }) => reasonCode === 'interrupted')).toBe(true);
    expect(ledgerFiles()).toEqual([]);
    expect(processesOfRun(owner.id)).toEqual([]);
    expect(hasImage ? await containersOfRun(owner.id) : []).toEqual([]);
  });

  test('ends at once at the second Ctrl-C, and its janitor cleans up', async () => {
    const run = start(suiteRun);
    const { owner } = await ledgerInMidRun();
    run.kill('SIGTERM');
    run.kill('SIGINT');
    // Which of the two pending signals comes first is the kernel's choice.
    expect((await once(run, 'exit'))[0]).toBeOneOf([130, 143]);
    // In order it would have written the report of what it had judged.
    expect(existsSync(join(folder, 'out', 'report.json'))).toBe(false);
    await noLedgers();
    expect(processesOfRun(owner.id)).toEqual([]);
  });
});

test('a run writes every report into its folder, and the job summary where there is one', async () => {
  const summary = join(folder, 'summary.md');
  const environment = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
  const args = ['run', '--suite', 'conformance', '--backend', 'lmdb', '--case', 'methods/put-*', '--out', 'out'];
  const { code, stdout } = await runToEnd(args, environment);
  expect(stdout).toContain('out/report.json');
  expect(code).toBe(0);
  expect(readdirSync(join(folder, 'out')).sort()).toEqual([
    'ctrf.json',
    'index.html',
    'junit.xml',
    'logs',
    'report.json',
    'series.json',
    'summary.md',
  ]);
  expect(readFileSync(summary, 'utf8')).toContain('conformance');
});

describe('what cannot be followed is 2, in one line that helps', () => {
  test.each([
    [['run', '--sute', 'x'], {}, /no flag --sute; did you mean --suite\?/],
    [['run', '--suite', 'conformence'], {}, /Did you mean "conformance"\?/],
    [['run', '--backend', 'reddis'], {}, /Did you mean "redis"\?/],
    [['run', '--suite', 'conformance', '--case', 'nothing/*'], {}, /--case nothing\/\*: it matches no case/],
    [['run', '--require', 'lmbd'], {}, /Did you mean "lmdb"\?/],
    [['run', '--reporter', 'xml'], {}, /no reporter "xml"/],
    [['run', '--backend', 'lmdb', '--dry-run', '--suite', 'conformance', '--budget', '1ms'], {}, /more than --budget/],
    [['run', '--seed'], {}, /seed/],
    [['rnu'], {}, /Did you mean "run"\?/],
    [[], {}, /name a command/],
    [['report'], {}, /report needs <id>/],
    [['report', 'no-such-run'], {}, /no run "no-such-run"/],
    [['list'], { ORCHESTRATOR_X: '1' }, undefined],
  ])('%j %j', async (args, environment, message) => {
    const { code, stdout, stderr } = await runToEnd(args, environment as Record<string, string>);
    if (message === undefined) return expect([code, stderr]).toEqual([0, '']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    return undefined;
  });
});

test('--dry-run tells what would run, starts nothing and writes nothing', async () => {
  const args = ['run', '--dry-run', '--suite', 'conformance', '--backend', 'lmdb'];
  const { code, stdout } = await runToEnd(args);
  expect(code).toBe(0);
  expect(stdout).toMatch(/conformance on lmdb {2}\d+ cases, about/);
  expect(readdirSync(folder)).toEqual(['commander-0'].map(() => expect.stringMatching(/^commander-/)));
});

test('a required backend that cannot be had is 3, and the last line names what was not tested', async () => {
  const args = [
    'run',
    '--suite',
    'conformance',
    '--case',
    'methods/put-creates',
    '--provider',
    'process',
    '--out',
    'out',
  ];
  const environment = { PATH: folder };
  const asked = await runToEnd([...args, '--backend', 'lmdb,redis'], environment);
  expect(asked.code).toBe(0);
  expect(asked.stdout.trimEnd().split('\n').at(-1)).toMatch(/^NOT TESTED {2}redis \(redis-server is not on PATH\)/);
  const required = await runToEnd([...args, '--backend', 'lmdb,redis', '--require', 'redis'], environment);
  expect(required.code).toBe(3);
  expect(required.stdout).toContain('redis is required and absent');
});
