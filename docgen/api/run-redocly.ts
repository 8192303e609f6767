import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DocsError } from '../docs-error.ts';
import { repository } from '../repository.ts';

const redocly = join(repository, 'node_modules/@redocly/cli/bin/cli.js');

export interface RedoclyRun {
  /** What the command reads: a file `openapi.json`. */
  readonly document: object;
  readonly command: readonly string[];
  /** A file that the command writes; undefined when it writes none. */
  readonly output?: string;
}

/** Runs a command of redocly in a folder of its own. Resolves with its output; rejects with DocsError and its words. */
export async function runRedocly({ document, command, output }: RedoclyRun): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'commander-docs-redocly-'));
  try {
    await writeFile(join(folder, 'openapi.json'), JSON.stringify(document));
    await promisify(execFile)(process.execPath, [redocly, ...command], {
      cwd: folder,
      env: { HOME: folder, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' },
    });
    return output === undefined ? '' : await readFile(join(folder, output), 'utf8');
  } catch (cause) {
    const said =
      cause instanceof Error && 'stderr' in cause && 'stdout' in cause ? `${cause.stdout}${cause.stderr}` : '';
    throw new DocsError(`redocly ${command.join(' ')} failed: ${said || String(cause)}`, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
