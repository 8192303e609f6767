/**
 * Where a page's examples are executed: a folder of its own, a shell in it, and a server beside it.
 *
 * What a reader types is executed as it is shown. What would differ from run to run is fixed before it is printed:
 * the server gets a frozen clock and seeded ids, `sleep` moves that clock instead of waiting, and curl keeps its
 * progress bar to itself. Only the port is exchanged in the text, in both directions.
 */

import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { DocsError } from '../docs-error.ts';
import { repository } from '../repository.ts';
import { type ServerProcess, startServer } from './server.ts';
import { type ShellResult, startShell } from './shell.ts';

export interface Stage extends AsyncDisposable {
  run(commands: string): Promise<ShellResult>;
  /** Starts what a reader leaves running in another terminal; ends the one before. */
  serve(command: string): Promise<void>;
  /** Ctrl-C in that terminal. */
  interrupt(): Promise<void>;
  writeFile(name: string, text: string): Promise<void>;
}

/** What the pages say, wherever the server really listens. */
const shownAddress = '127.0.0.1:7878';
const seed = 7;

/** The programs that npx finds in a clone. */
const entries = {
  commander: join(repository, 'server/bin.mjs'),
  orchestrator: join(repository, 'orchestrator/bin.mjs'),
};

/** A page reads the same wherever it was written: what the server says of the machine, and what is shown for it. */
const machine = [
  `"platform":"${process.platform}","arch":"${process.arch}"`,
  '"platform":"linux","arch":"x64"',
] as const;

export interface StageOptions {
  /** PATH of the examples: where bash, curl and npx are found. */
  readonly searchPath: string;
  /** Ends what runs on the stage. */
  readonly signal: AbortSignal;
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const { searchPath, signal } = options;
  await using opening = new AsyncDisposableStack();
  const top = await mkdtemp(join(tmpdir(), 'commander-docs-'));
  opening.defer(() => rm(top, { recursive: true, force: true }));
  const folder = join(top, 'commander');
  const backstage = join(top, 'backstage');
  const addressFile = join(backstage, 'address');
  await furnish(folder, backstage, addressFile);
  const environment = createEnvironment(backstage, searchPath);
  const shell = opening.use(startShell({ folder, backstage, environment, signal }));

  let server: ServerProcess | undefined;
  opening.defer(() => server?.interrupt());
  const held = opening.move();
  return {
    async run(commands) {
      if (server === undefined) return shell.run(commands);
      const { address } = server;
      const { printed, exitCode } = await shell.run(commands.replaceAll(shownAddress, address));
      return { printed: printed.replaceAll(address, shownAddress).replaceAll(...machine), exitCode };
    },
    async serve(command) {
      await server?.interrupt();
      server = await startServer({ command, folder, environment, signal });
      await writeFile(addressFile, server.address);
    },
    async interrupt() {
      if (server === undefined) throw new DocsError('There is no server to interrupt.');
      await server.interrupt();
      server = undefined;
    },
    writeFile: (name, text) => writeFile(join(folder, name), text),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** The folder looks like a clone to npx; backstage holds what stands in for waiting and for the user's curl settings. */
async function furnish(folder: string, backstage: string, addressFile: string): Promise<void> {
  const programs = join(folder, 'node_modules', '.bin');
  await mkdir(programs, { recursive: true });
  await mkdir(backstage);
  await symlink(join(repository, 'package.json'), join(folder, 'package.json'));
  for (const [program, entry] of Object.entries(entries)) {
    await writeProgram(join(programs, program), `exec node '${entry}' "$@"`);
  }
  await writeFile(join(backstage, '.curlrc'), 'silent\nshow-error\n');
  const advance = `curl --fail --output /dev/null --data "{\\"advanceMs\\": $(($1 * 1000))}"`;
  await writeProgram(join(backstage, 'sleep'), `exec ${advance} "http://$(cat '${addressFile}')/testing/clock"`);
}

async function writeProgram(path: string, line: string): Promise<void> {
  await writeFile(path, `#!/bin/bash\n${line}\n`);
  await chmod(path, 0o755);
}

function createEnvironment(backstage: string, searchPath: string): Readonly<Record<string, string>> {
  return {
    PATH: [backstage, dirname(process.execPath), searchPath].join(delimiter),
    HOME: backstage,
    CURL_HOME: backstage,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    NO_COLOR: '1',
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
    // As in a clone, where reports lie beside the sources; the clone's own reports are not touched.
    ORCHESTRATOR_OUT: 'reports/latest',
    COMMANDER_PORT: '0',
    COMMANDER_TESTING: 'true',
    COMMANDER_TESTING_SEED: String(seed),
    COMMANDER_READY_JSON: 'true',
  };
}

/** The command that starts the server without npx, for examples that are not about starting it. */
export function serverCommand(flags: string): string {
  return `'${process.execPath}' '${entries.commander}' serve ${flags}`;
}
