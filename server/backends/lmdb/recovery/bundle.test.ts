import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createTemporaryFolder } from '../../../test-support/temporary-folder.ts';
import { checkFile } from './check-file.ts';

const program = fileURLToPath(new URL('../../../../dist/device/commander.mjs', import.meta.url));
const absent = existsSync(program) ? undefined : 'dist/device is not built; npm run build makes it';

test.skipIf(absent !== undefined)(
  `the bundle for a device takes snapshots: the program that copies is beside it ${absent ?? ''}`,
  async () => {
    await using folder = await createTemporaryFolder();
    const flags = ['--data', folder.path, '--port', '0', '--snapshot-interval-ms', '200'];
    const child = spawn(process.execPath, [program, 'serve', ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
    const exited = new Promise((resolve) => child.once('close', resolve));
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    try {
      await expect.poll(() => log, { timeout: 20_000 }).toMatch(/A snapshot was taken|No snapshot was taken/);
      expect(log).toContain('A snapshot was taken');
    } finally {
      child.kill('SIGTERM');
      await exited;
    }
    const [name = ''] = await readdir(join(folder.path, 'snapshots'));
    expect(checkFile(join(folder.path, 'snapshots', name), { mayBeNew: false })).toMatchObject({ sound: true });
  },
);
