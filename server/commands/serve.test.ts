import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommander, spawnServer } from '../test-support/spawn-server.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../test-support/temporary-folder.ts';

let folder: TemporaryFolder;
let file: string;

beforeAll(async () => {
  folder = await createTemporaryFolder();
  file = join(folder.path, 'file');
  await writeFile(file, 'no folder');
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Flags after `serve`, and what the one line on stderr says. */
const refusedFlags: readonly (readonly [readonly string[], RegExp])[] = [
  [['--prot', '80'], /There is no flag --prot \(did you mean port\?\)/],
  [['--testing', '--host', '0.0.0.0', '--insecure-no-auth'], /--testing listens on loopback only, not on 0\.0\.0\.0/],
  [['--host', '0.0.0.0'], /--insecure-no-auth/],
  [['--host', '203.0.113.7', '--insecure-no-auth', '--backend', 'memory'], /203\.0\.113\.7 is no address/],
  [['--backend', 'redis', '--redis-url', 'redis://u:Xq7Zr9Wv@[bad'], /The Redis URL is malformed/],
];

test.concurrent.for(refusedFlags)(
  'serve %j is refused with one line and exit code 2',
  async ([flags, line], context) => {
    const data = join(folder.path, `refused-${context.task.id}`);
    const ended = await runCommander(['serve', ...flags], { COMMANDER_DATA: data, COMMANDER_LOG_LEVEL: 'silent' });
    context.expect(ended.stderr).toMatch(/^commander: .+\n$/);
    context.expect(ended.stderr).toMatch(line);
    context.expect(ended.stderr).not.toContain('Xq7Zr9Wv');
    context.expect([ended.code, ended.stdout]).toEqual([2, '']);
  },
);

test.concurrent.each([[['--version']], [['serve', '--help']]])('commander %j answers on stdout', async (args) => {
  const ended = await runCommander(args);
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  expect(ended.stdout).toMatch(args[0] === '--version' ? /^\d+\.\d+\.\d+\n$/ : /commander/);
});

test.concurrent('a port in use is named', async ({ expect: check }) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    const ended = await runCommander(['serve', '--backend', 'memory', '--port', String(port), '--log-level', 'silent']);
    check(ended.stderr).toBe(
      `commander: Port ${port} on 127.0.0.1 is taken. Choose another with --port, or 0 for a free one.\n`,
    );
    check(ended.code).toBe(2);
  } finally {
    other.close();
  }
});

test.concurrent.for([
  ['below a file', () => join(file, 'below'), []],
  ['below a file, under --testing', () => join(file, 'below'), ['--testing']],
  ['that is a file, under --testing', () => file, ['--testing']],
] as const)('a data folder %s is named with the reason', async ([, data, flags], { expect: check }) => {
  const ended = await runCommander(['serve', '--data', data(), '--port', '0', ...flags]);
  check(ended.stderr).toMatch(/^commander: .*data folder.* cannot be used: .+\n$/);
  check(ended.stderr).toContain(data());
  check(ended.code).toBe(2);
});

test.concurrent('a data folder of a newer format is refused and left as it is', async ({ expect: check }) => {
  const data = join(folder.path, 'newer');
  await mkdir(data);
  await writeFile(join(data, 'format.json'), '{"format":2}\n');
  const ended = await runCommander(['serve', '--data', data, '--port', '0']);
  check(ended.stderr).toMatch(/has format 2; this server reads up to 1/);
  check(ended.code).toBe(2);
});

test.concurrent('a testing clock that is damaged is refused with one line', async ({ expect: check }) => {
  const data = join(folder.path, 'clock');
  await mkdir(data);
  await writeFile(join(data, 'testing-clock'), 'tomorrow\n');
  const ended = await runCommander(['serve', '--data', data, '--port', '0', '--testing']);
  check(ended.stderr).toMatch(/^commander: .*testing-clock does not hold the offset of a testing clock.*\n$/);
  check(ended.code).toBe(2);
});

test('the ready line is the only one on stdout and names address, pid and version', async () => {
  await using server = await spawnServer(['--backend', 'memory']);
  expect(server.readyOutput).toMatch(/^\{.*\}\n$/);
  expect(JSON.parse(server.readyOutput)).toEqual({
    ready: true,
    url: `http://127.0.0.1:${server.port}`,
    host: '127.0.0.1',
    port: server.port,
    pid: server.pid,
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
  for (const line of server.log().trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ level: 30 });
});

test('the environment and the file configure the server, and a misspelt variable is named', async () => {
  const path = join(folder.path, 'good.yaml');
  await writeFile(path, 'backend: memory\nmax-value-bytes: 10\n');
  await using server = await spawnServer(['--config', path], { COMMANDER_MAX_VALUE_BYTES: '20', COMMANDER_PROT: '1' });
  const answer = await fetch(`${server.url}/api/v1/capabilities`);
  expect(await answer.json()).toMatchObject({ limits: { valueBytes: 20 } });
  expect(server.log()).toContain('No option is called COMMANDER_PROT (did you mean COMMANDER_PORT?)');
});

test('a Redis that is not there: the server listens, is not ready, and no read is a miss', async () => {
  const flags = ['--backend', 'redis', '--redis-url', 'redis://user:Xq7Zr9Wv@127.0.0.1:1', '--log-level', 'debug'];
  await using server = await spawnServer(flags);
  const key = `${server.url}/api/v1/kv/n/c/k`;
  const statuses = await Promise.all([
    fetch(`${server.url}/health/live`),
    fetch(`${server.url}/health/ready`),
    fetch(key),
    fetch(key, { method: 'HEAD' }),
    fetch(key, { method: 'PUT', body: 'v' }),
    fetch(`${server.url}/api/v1/kv/n/c`),
  ]).then((answers) => answers.map(({ status }) => status));
  expect(statuses).toEqual([200, 503, 503, 503, 503, 503]);
  server.kill('SIGTERM');
  expect(await server.exited).toEqual({ code: 0, signal: null });
  expect(server.log()).not.toContain('Xq7Zr9Wv');
});
