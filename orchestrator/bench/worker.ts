/** A child process that takes jobs over its channel, one at a time, and ends with its parent. */

import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Launch, Side } from './start-pinned.ts';
import { startPinned, stopGraceMs } from './start-pinned.ts';

export interface Worker<Job, Result> extends AsyncDisposable {
  readonly pid: number;
  /** Rejects with what the job threw, or when the process has ended. */
  ask(job: Job): Promise<Result>;
}

type Answer<Result> = { readonly result: Result } | { readonly error: string };

export async function startWorker<Job, Result>(
  program: URL,
  launch: Launch & { readonly side: Side },
): Promise<Worker<Job, Result>> {
  const path = fileURLToPath(program);
  const started = await startPinned([process.execPath, path], {
    ...launch,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    what: basename(path),
  });
  return {
    pid: started.pid,
    async ask(job) {
      started.child.send({ job });
      const [answer] = (await Promise.race([
        once(started.child, 'message'),
        started.exited.then(({ code, signal }) => [{ error: `it ended with ${signal ?? `exit code ${code}`}` }]),
      ])) as [Answer<Result>];
      if ('error' in answer) throw new Error(answer.error);
      return answer.result;
    },
    async [Symbol.asyncDispose]() {
      await started.stop(stopGraceMs);
    },
  };
}

/** The other side, inside the child. */
export function serveJobs<Job, Result>(work: (job: Job) => Promise<Result>): void {
  process.on('message', (message: { readonly job: Job }) => {
    work(message.job).then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
