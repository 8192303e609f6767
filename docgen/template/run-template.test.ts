import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStage } from '../stage/stage.ts';
import { parseTemplate } from './parse-template.ts';
import { type ExecutedTemplate, runTemplate } from './run-template.ts';

// biome-ignore lint/style/noProcessEnv: bash and curl are found as everywhere
const searchPath = process.env.PATH ?? '';
const never = new AbortController().signal;

async function run(source: string, inserts?: Readonly<Record<string, string>>): Promise<ExecutedTemplate> {
  await using stage = await openStage({ searchPath, signal: never });
  return await runTemplate(parseTemplate(source), stage, inserts);
}

const page = `# Page

<!-- server --backend memory -->

\`\`\`sh run status=201
curl -i -X PUT -d 'x' 'http://127.0.0.1:7878/api/v1/kv/a/b/c?ttlMs=60000'
\`\`\`

Then

\`\`\`sh run
echo listens on 127.0.0.1:7878
\`\`\`

\`\`\`sh run status=404
sleep 60
curl -i http://127.0.0.1:7878/api/v1/kv/a/b/c
\`\`\`
`;

describe('a page with a server', () => {
  it('shows commands and real answers, twice with the same bytes', async () => {
    const [first, second] = await Promise.all([run(page), run(page)]);
    expect(first.markdown).toContain("curl -i -X PUT -d 'x' 'http://127.0.0.1:7878/api/v1/kv/a/b/c?ttlMs=60000'");
    expect(first.markdown).toMatch(
      /201 Created\nx-request-id: seeded-1\netag: "[0-9a-f]{32}"\ncommander-expires-at: 2030-01-01T00:01:00\.000Z\n/,
    );
    expect(first.markdown).toContain('```text\nlistens on 127.0.0.1:7878\n```');
    expect(first.markdown).not.toContain('<!--');
    expect(second.markdown).toBe(first.markdown);
  });

  it('moves the testing clock by sleep: the record has expired after it', async () => {
    const { exchanges } = await run(page);
    expect(exchanges.map(({ answer }) => answer.status)).toEqual([201, 404]);
  });

  it('keeps what an interrupted server had stored on disk', async () => {
    const { markdown } = await run(`\`\`\`sh serve
npx commander serve --data ./here
\`\`\`

\`\`\`sh run status=201
curl -i -X PUT -d 'kept' http://127.0.0.1:7878/api/v1/kv/a/b/c
\`\`\`

<!-- interrupt -->

\`\`\`sh serve
npx commander serve --data ./here
\`\`\`

\`\`\`sh run
curl http://127.0.0.1:7878/api/v1/kv/a/b/c
\`\`\``);
    expect(markdown).toContain('```text\nkept\n```');
  });
});

describe('what is not as the page says', () => {
  const server = '<!-- server --backend memory -->\n';
  it.each([
    ['an error that is not announced', `${server}\`\`\`sh run\ncurl -i http://127.0.0.1:7878/no\n\`\`\``, /got 404/],
    [
      'another status',
      `${server}\`\`\`sh run status=200\ncurl -i http://127.0.0.1:7878/no\n\`\`\``,
      /404 instead of 200/,
    ],
    ['an exit code', '```sh run\nfalse\n```', /exit code 1 instead of 0/],
    ['a failure inside a pipe', '```sh run\nfalse | cat\n```', /exit code 1 instead of 0/],
    ['a mistake in the shell', '```sh run\nif\n```', /exit code/],
    ['the end of the shell', '```sh run\nexit 0\n```', /the shell ended \(0\)/],
    ['a server that does not start', '<!-- server --backend nothing -->', /did not get ready/],
    ['an insert that is not there', '<!-- insert a -->', /inserts "a"/],
    ['an option that no block has', '```sh run stauts=1\ntrue\n```', /no option stauts/],
    ['a block without an end', '```sh run\ntrue', /no end/],
  ])('%s stops it', async (_what, source, message) => {
    await expect(run(source)).rejects.toThrow(message);
  });

  it('an insert that the page forgets stops it', async () => {
    await expect(run('text', { table: '| |' })).rejects.toThrow(/insert table/);
  });
});

it('variables and files last from block to block, outputs are told apart', async () => {
  const { markdown } = await run(`\`\`\`yaml file=notes.yaml
a: 1
\`\`\`

\`\`\`sh run
name=notes
\`\`\`

\`\`\`sh run
cat $name.yaml; printf 'no line end'
\`\`\`

\`\`\`js
untouched
\`\`\``);
  expect(markdown).toContain('```text\na: 1\nno line end\n```');
  expect(markdown).toContain('```js\nuntouched\n```');
});

it('durations at the ends of lines are left out where a block says so', async () => {
  const { markdown } = await run("```sh run untimed\nprintf 'a  12 ms\\nb 3 s\\nc  1 min 2 s\\n'\n```");
  expect(markdown).toContain('```text\na\nb 3 s\nc\n```');
});

it('an aborted stage leaves neither a process nor a folder', async () => {
  const stop = new AbortController();
  const stage = await openStage({ searchPath, signal: stop.signal });
  const [folder = '', shellPid = ''] = (await stage.run('pwd; echo $$')).printed.split('\n');
  const running = stage.run('tail -f /dev/null');
  stop.abort();
  await expect(running).rejects.toThrow(/the shell ended \(SIGKILL\)/);
  await stage[Symbol.asyncDispose]();
  expect(existsSync(folder)).toBe(false);
  expect(existsSync(dirname(folder))).toBe(false);
  expect(() => process.kill(Number(shellPid), 0)).toThrow('ESRCH');
});
