import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommander, spawnServer } from '../test-support/spawn-server.ts';
import { createTemporaryFolder } from '../test-support/temporary-folder.ts';

test('a refusal to start is one line on stderr and exit code 2', async () => {
  const ended = await runCommander(['serve', '--prot', '80']);
  expect(ended).toEqual({
    code: 2,
    signal: null,
    stdout: '',
    stderr: 'commander: There is no flag --prot (did you mean port?)\n',
  });
});

test('--version and --help answer on stdout', async () => {
  const [version, help] = await Promise.all([runCommander(['--version']), runCommander(['serve', '--help'])]);
  expect(version).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('--max-value-bytes') });
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
  await using folder = await createTemporaryFolder();
  const path = join(folder.path, 'commander.yaml');
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
