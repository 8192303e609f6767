import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigurationError } from '../configuration-error.ts';
import { serveHere } from '../test-support/serve-here.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../test-support/temporary-folder.ts';

let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await createTemporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

/** What the YAML file holds, and what the refusal says. */
const refused: readonly (readonly [string | Buffer, RegExp])[] = [
  ['prot: 80\n', /has no option prot \(did you mean port\?\)/],
  ['port: 0\nport: 81\n', /keys must be unique at line 2/],
  ['host: [127.0.0.1\n', /cannot be read: Flow sequence/],
  ['host: "127.0.0.1\n', /cannot be read: /],
  ['\tport: 0\n', /cannot be read: /],
  ['- port\n', /holds options as/],
  ['port\n', /holds options as/],
  ['max-value-bytes: eighty\n', /max-value-bytes in the configuration file is an integer/],
  ['max-value-bytes:\n', /max-value-bytes in the configuration file is an integer/],
  ['max-value-bytes: 0.5\n', /max-value-bytes in the configuration file is an integer/],
  ['port: 0\ntesting: yes\n', /testing in the configuration file is true or false, got "yes"/],
  ['port: 0\n---\nport: 0\n', /cannot be read: /],
  ['__proto__: 5\n', /has no option __proto__/],
  ['a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n', /has no option a/],
  [Buffer.of(0xff, 0xfe, 0x00), /configuration file/],
];

test.each(refused)('the file %j is refused in one line', async (text, line) => {
  const configFile = join(folder.path, 'commander.yaml');
  await writeFile(configFile, text);
  expect(await refusal({ flags: { backend: 'memory' }, configFile })).toMatch(line);
});

test('a configuration file that is a folder is refused', async () => {
  const configFile = folder.path;
  expect(await refusal({ flags: { backend: 'memory' }, configFile })).toMatch(/cannot be read: EISDIR/);
});

test.each([
  ['below a file', (file: string) => join(file, 'below'), {}],
  ['that is a file', (file: string) => file, {}],
  ['below a file, under --testing', (file: string) => join(file, 'below'), { testing: true }],
  ['that is a file, under --testing', (file: string) => file, { testing: true }],
])('a data folder %s is named with the reason', async (_, pathOf, flags) => {
  const file = join(folder.path, 'file');
  await writeFile(file, 'no folder');
  const data = pathOf(file);
  const message = await refusal({ flags: { data, ...flags } });
  expect(message).toMatch(/data folder .* cannot be used: /);
  expect(message).toContain(data);
});

test('a data folder of a newer format is refused', async () => {
  const data = join(folder.path, 'newer');
  await mkdir(data);
  await writeFile(join(data, 'format.json'), '{"format":2}\n');
  expect(await refusal({ flags: { data } })).toMatch(/has format 2; this server reads up to 1/);
});

test('a testing clock that is damaged is refused', async () => {
  const data = join(folder.path, 'clock');
  await mkdir(data);
  await writeFile(join(data, 'testing-clock'), 'tomorrow\n');
  expect(await refusal({ flags: { data, testing: true } })).toMatch(/does not hold the offset of a testing clock/);
});

test('a port in use is named, and the store is closed again', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const data = join(folder.path, 'busy');
  try {
    expect(await refusal({ flags: { data, port } })).toBe(
      `Port ${port} on 127.0.0.1 is taken. Choose another with --port, or 0 for a free one.`,
    );
  } finally {
    other.close();
  }
  await using _server = await serveHere({ flags: { data } });
});

test('an address of another machine is named', async () => {
  const flags = { backend: 'memory', host: '203.0.113.7', 'insecure-no-auth': true };
  expect(await refusal({ flags })).toMatch(/203\.0\.113\.7 is no address of this machine/);
});

test.each(['redis://user:Xq7Zr9Wv@[bad', 'http://user:Xq7Zr9Wv@host', 'redis://user:Xq7Zr9Wv@host/x?y'])(
  'the Redis URL %s is refused without its password',
  async (url) => {
    const message = await refusal({ flags: { backend: 'redis', 'redis-url': url } });
    expect(message).toMatch(/Redis URL/);
    expect(message).not.toContain('Xq7Zr9Wv');
  },
);

/** The one line with which it refuses to start. */
async function refusal(sources: Parameters<typeof serveHere>[0]): Promise<string> {
  try {
    await using _server = await serveHere(sources);
  } catch (error) {
    if (error instanceof ConfigurationError && !error.message.includes('\n')) return error.message;
    throw error;
  }
  return 'no refusal';
}
