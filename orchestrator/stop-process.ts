import { readFileSync } from 'node:fs';
import { type ProcessIdentity, signalProcess } from './process-identity.ts';
import { waitFor } from './wait.ts';

const stopTimeoutMs = 5_000;

/** The letter of the process's state (proc(5)): T is stopped by a signal. */
export function stateOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return undefined;
  }
}

/** Resolves once the process has stopped. */
export async function stopProcess(process: ProcessIdentity): Promise<string> {
  if (!signalProcess(process, 'SIGSTOP')) throw new Error(`process ${process.pid} cannot be stopped`);
  const stopped = async (): Promise<true | undefined> => (stateOf(process.pid) === 'T' ? true : undefined);
  await waitFor('the process to stop', stopped, { timeoutMs: stopTimeoutMs, intervalMs: 5 });
  return `process ${process.pid} was in state T`;
}
