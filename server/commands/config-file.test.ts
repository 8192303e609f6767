import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigurationError } from '../configuration-error.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../test-support/temporary-folder.ts';
import { serve } from './serve.ts';

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
  ['port: eighty\n', /port in the configuration file is an integer/],
  ['port:\n', /port in the configuration file is an integer/],
  ['port: 0.5\n', /port in the configuration file is an integer/],
  ['port: 0\ntesting: yes\n', /testing in the configuration file is true or false, got "yes"/],
  ['port: 0\n---\nport: 0\n', /cannot be read: /],
  ['__proto__: 5\n', /has no option __proto__/],
  ['a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n', /has no option a/],
  [Buffer.of(0xff, 0xfe, 0x00), /configuration file/],
];

test.each(refused)('the file %j is refused in one line', async (text, line) => {
  const configFile = join(folder.path, 'commander.yaml');
  await writeFile(configFile, text);
  const served = serve({
    flags: { backend: 'memory' },
    configFile,
    environment: {},
    stdout: new PassThrough(),
    stop: AbortSignal.abort(),
  });
  await expect(served).rejects.toThrow(ConfigurationError);
  await expect(served).rejects.toThrow(line);
  await expect(served).rejects.toThrow(/^.+$/);
});

test('a file that is a folder is refused', async () => {
  const served = serve({
    flags: { backend: 'memory' },
    configFile: folder.path,
    environment: {},
    stdout: new PassThrough(),
    stop: AbortSignal.abort(),
  });
  await expect(served).rejects.toThrow(/cannot be read: EISDIR/);
});
