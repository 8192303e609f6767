import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorizationOf, type Holder, renderCredentialsFile } from '../credentials.ts';
import { e2e } from './suite.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(import.meta.dirname, 'arazzo');
const redocly = join(root, 'node_modules/@redocly/cli/bin/cli.js');
const files = (await readdir(folder)).sort();

const oldToken: Holder = { name: 'device-2025', role: 'write' };
const newToken: Holder = { name: 'device-2026', role: 'write' };
const forCredentials = 'credentials-rotation.yaml';

interface Run {
  readonly exitCode: number;
  /** By file, for each step that was run whether all its checks held. */
  readonly steps: Readonly<Record<string, readonly boolean[]>>;
  readonly said: string;
}

let scratch: string;
const servers: ChildProcess[] = [];
let asWritten: readonly Run[];
let mutated: readonly Run[];

async function serve(flags: readonly string[]): Promise<string> {
  const args = [
    join(root, 'server/bin.mjs'),
    'serve',
    '--backend',
    'memory',
    '--port',
    '0',
    '--ready-json',
    '--log-level',
    'error',
    ...flags,
  ];
  const server = spawn(process.execPath, args, { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
  servers.push(server);
  const [line] = await Promise.race([once(createInterface({ input: server.stdout }), 'line'), once(server, 'exit')]);
  return (JSON.parse(String(line)) as { readonly url: string }).url;
}

/** Runs these files against one server; their document is the one that the server has. */
async function respect(name: string, texts: ReadonlyMap<string, string>, options: RunOptions): Promise<Run> {
  const place = join(scratch, name);
  await mkdir(place);
  const document = await fetch(`${options.url}/openapi.json`, { headers: options.headers });
  await writeFile(join(place, 'openapi.json'), await document.text());
  for (const [file, text] of texts) {
    await writeFile(join(place, file), text.replace('../../../docs/api/openapi.yaml', 'openapi.json'));
  }
  const args = ['respect', ...texts.keys(), '--server', `commander=${options.url}`, '--json-output', 'result.json'];
  for (const [input, value] of Object.entries(options.inputs)) args.push('--input', `${input}=${value}`);
  const { promise, resolve } = Promise.withResolvers<{ readonly exitCode: number; readonly said: string }>();
  execFile(
    process.execPath,
    [redocly, ...args],
    {
      cwd: place,
      env: { HOME: place, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' },
      maxBuffer: 2 ** 26,
    },
    (error, stdout, stderr) => resolve({ exitCode: error === null ? 0 : Number(error.code), said: stdout + stderr }),
  );
  const outcome = await promise;
  const result = JSON.parse(await readFile(join(place, 'result.json'), 'utf8')) as RespectResult;
  const steps = Object.entries(result.files).map(([file, { executedWorkflows }]) => [
    file,
    executedWorkflows.flatMap(({ executedSteps }) =>
      executedSteps.map(({ checks }) => checks.every(({ status }) => status === 'success')),
    ),
  ]);
  return { ...outcome, steps: Object.fromEntries(steps) };
}

interface RunOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string>>;
}
interface RespectResult {
  readonly files: Readonly<Record<string, { readonly executedWorkflows: readonly ExecutedWorkflow[] }>>;
}
interface ExecutedWorkflow {
  readonly executedSteps: readonly { readonly checks: readonly { readonly status: string }[] }[];
}

/** All files, on fresh servers: the one about credentials on one that has some. */
async function runAll(name: string, change: (text: string) => string): Promise<readonly Run[]> {
  const texts = new Map<string, string>();
  for (const file of files) texts.set(file, change(await readFile(join(folder, file), 'utf8')));
  const rotation = new Map([[forCredentials, texts.get(forCredentials) ?? '']]);
  texts.delete(forCredentials);
  const credentials = join(scratch, `${name}.json`);
  await writeFile(credentials, renderCredentialsFile([oldToken, newToken]));
  const inputs = { oldToken: authorizationOf(oldToken), newToken: authorizationOf(newToken) };
  return [
    await respect(`${name}-open`, texts, { url: await serve([]), headers: {}, inputs: {} }),
    await respect(`${name}-credentials`, rotation, {
      url: await serve(['--credentials-file', credentials]),
      headers: { authorization: inputs.newToken },
      inputs,
    }),
  ];
}

/** The last status that a workflow demands becomes one that no route answers. */
function demandNonsense(text: string): string {
  const at = text.lastIndexOf('$statusCode == ');
  return `${text.slice(0, at)}$statusCode == 299${text.slice(at + '$statusCode == 200'.length)}`;
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'commander-arazzo-'));
  asWritten = await runAll('written', (text) => text);
  mutated = await runAll('mutated', demandNonsense);
}, 120_000);
afterAll(async () => {
  for (const server of servers) {
    if (server.exitCode === null && server.kill('SIGKILL')) await once(server, 'exit');
  }
  await rm(scratch, { recursive: true, force: true });
});

const stepsOf = (runs: readonly Run[], file: string): readonly boolean[] =>
  runs.map(({ steps }) => steps[file]).find((steps) => steps !== undefined) ?? [];

test('there is a workflow for each group of cases', () => {
  const groups = new Set(e2e.cases.map(({ id }) => id.split('/')[0]));
  expect(files.length).toBeGreaterThanOrEqual(groups.size);
});

test('all workflows together end with exit code 0', () => {
  for (const { exitCode, said } of asWritten) expect(exitCode, said).toBe(0);
});

test('all workflows with a wrong end together do not', () => {
  for (const { exitCode } of mutated) expect(exitCode).toBe(1);
});

describe.each(files)('%s', (file) => {
  test('every step of it holds on a running server', async () => {
    const written = (await readFile(join(folder, file), 'utf8')).match(/^ +- stepId: /gm) ?? [];
    expect(stepsOf(asWritten, file)).toEqual(written.map(() => true));
  });

  test('its last step fails when it demands another status', () => {
    expect(stepsOf(mutated, file)).toEqual(stepsOf(asWritten, file).with(-1, false));
  });
});
