/** How long a program takes from its start to its first answer, and what memory it holds once it idles. */

import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { packageRoot } from '../package-root.ts';
import { within } from '../wait.ts';
import type { ContenderKind } from './contenders.ts';
import { anonymousBytes, processCpuMs } from './cpu.ts';
import type { Round } from './load-job.ts';
import { startPinned, stopGraceMs } from './start-pinned.ts';

const request = 'GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
const timeoutMs = 30_000;
const askEveryMs = 2;
/** By then what the start has left behind is collected. */
const idleMs = 1_000;

export interface StartUp {
  /** What stands behind the node program, with a port and a fresh data folder to use. */
  readonly line: (port: number, dataFolder: string) => readonly string[];
  readonly absence?: () => string | undefined;
}

/** One round is one start. */
export function startUp(title: string, { line, absence = () => undefined }: StartUp): ContenderKind {
  return {
    title,
    absence,
    start: async (stage, name) => ({
      pids: [],
      fill: async () => undefined,
      async measure(): Promise<Round> {
        const folder = join(stage.workFolder, name);
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder, { recursive: true });
        const port = await freePort();
        const startedAt = performance.now();
        const command = [process.execPath, ...line(port, folder)];
        const program = await startPinned(command, { ...stage, side: 'server', stdio: 'ignore', what: name });
        try {
          const ended = program.exited.then(() => false);
          const answered = await within(timeoutMs, Promise.race([untilAnswered(port), ended]), false);
          if (!answered) throw new Error('it ended, or gave no answer in time');
          const elapsedMs = performance.now() - startedAt;
          const serverCpuMs = processCpuMs([program.pid]);
          await delay(idleMs);
          const serverAnonBytes = anonymousBytes([program.pid]);
          const figures = { p50Ms: elapsedMs, p99Ms: elapsedMs, serverCpuMs, generatorCpuMs: null, serverAnonBytes };
          return { operations: 1, elapsedMs, ...figures };
        } finally {
          await program.stop(stopGraceMs);
        }
      },
      [Symbol.asyncDispose]: async () => undefined,
    }),
  };
}

/** The bundle for a device, with the flags of its first line. */
export function bundledServer(title: string): ContenderKind {
  const program = join(packageRoot, 'dist', 'device', 'commander.mjs');
  const flags = (): readonly string[] =>
    /^#!\S+ -S node (.*)$/m.exec(readFileSync(program, 'utf8'))?.[1]?.split(' ') ?? [];
  return startUp(title, {
    absence: () => (existsSync(program) ? undefined : 'dist/device is not built; npm run build makes it'),
    line: (port, data) => [
      ...[...flags(), program, 'serve'],
      ...['--data', data, '--port', String(port), '--log-level', 'warn'],
    ],
  });
}

async function untilAnswered(port: number): Promise<true> {
  while (!(await answers(port))) await delay(askEveryMs);
  return true;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    const settle = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('data', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}
