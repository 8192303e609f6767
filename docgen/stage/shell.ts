/** One bash in which a page's commands run one after the other, as in a reader's terminal. */

import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DocsError } from '../docs-error.ts';

export interface ShellResult {
  /** stdout and stderr together, as a terminal shows them. */
  readonly printed: string;
  readonly exitCode: number;
}

export interface Shell extends AsyncDisposable {
  /** Rejects with DocsError when the shell itself ends or the commands take longer than a minute. */
  run(commands: string): Promise<ShellResult>;
}

export interface ShellOptions {
  readonly folder: string;
  /** Where the shell keeps what the reader does not have. */
  readonly backstage: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Aborts the commands that run. */
  readonly signal: AbortSignal;
}

const timeoutMs = 60_000;
const endMark = '\u0004end of block';

export function startShell(options: ShellOptions): Shell {
  const { folder, backstage, environment, signal } = options;
  // A group of its own, so that what the commands started ends with the shell.
  const child = spawn('bash', ['--noprofile', '--norc'], {
    cwd: folder,
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  let printed = '';
  let onOutput = (): void => undefined;
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, killedBy) => resolve(String(code ?? killedBy)));
  });
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGKILL');
    }
  };
  signal.addEventListener('abort', kill);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    onOutput();
  });
  // It ends early when the shell does; `exited` says so.
  child.stdin.on('error', () => undefined);
  child.stdin.write('exec 2>&1\nset -o pipefail\n');

  /** Everything up to the mark that the shell prints after a block, and the exit code behind it. */
  const blockEnd = (): Promise<ShellResult> =>
    new Promise((resolve) => {
      onOutput = () => {
        const at = printed.lastIndexOf(endMark);
        if (at < 0 || !printed.endsWith('\n')) return;
        resolve({ printed: printed.slice(0, at), exitCode: Number(printed.slice(at + endMark.length)) });
      };
    });

  return {
    async run(commands) {
      // Sourced from a file: a mistake in the commands ends this block alone, and variables stay.
      const script = join(backstage, 'block.sh');
      await writeFile(script, `${commands}\n`);
      printed = '';
      const result = blockEnd();
      child.stdin.write(`. '${script}' </dev/null\nprintf '${endMark} %d\\n' $?\n`);
      const timer = setTimeout(kill, timeoutMs);
      const ended = exited.then((how) => {
        throw new DocsError(`the shell ended (${how}):\n\n${commands}\n\n${printed}`);
      });
      try {
        return await Promise.race([result, ended]);
      } finally {
        clearTimeout(timer);
        onOutput = () => undefined;
      }
    },
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', kill);
      kill();
      await exited;
    },
  };
}
