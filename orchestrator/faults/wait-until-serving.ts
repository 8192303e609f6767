import { CaseFailed } from '../../suites/verdict.ts';
import { waitFor } from '../wait.ts';
import type { FaultGround } from './injection.ts';

const usualTimeoutMs = 30_000;

async function askReady({ ground, signal }: FaultGround): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(`${ground.baseUrl()}/health/ready`, {
    headers: { connection: 'close' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(3000)]),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Waits until the server says that its store answers. */
export async function waitUntilServing(fault: FaultGround, timeoutMs: number = usualTimeoutMs): Promise<void> {
  const look = async (): Promise<true> => {
    const { status, text } = await askReady(fault);
    if (status !== 200) throw new Error(`${status} ${text.slice(0, 300)}`);
    return true;
  };
  await waitFor('/health/ready to answer 200 after the fault', look, { timeoutMs, signal: fault.signal });
}

/** One look; false also where nothing answers. */
export async function isServing(fault: FaultGround): Promise<boolean> {
  return askReady(fault).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** Looks in a row that find the server ready: one that is about to end may still answer once. */
const steadyLooks = 5;

/** Waits until the server is ready for a while, or has ended. One that does neither throws CaseFailed. */
export async function waitUntilServingOrEnded(fault: FaultGround): Promise<void> {
  const { server, signal } = fault;
  let ready = 0;
  const look = async (): Promise<true | undefined> => {
    if (!server.running) return true;
    ready = (await isServing(fault)) ? ready + 1 : 0;
    return ready >= steadyLooks ? true : undefined;
  };
  await waitFor('the server to serve or to end', look, { timeoutMs: usualTimeoutMs, intervalMs: 50, signal }).catch(
    (cause) => {
      signal.throwIfAborted();
      const waited = `${usualTimeoutMs / 1000} s`;
      throw new CaseFailed('a server that serves again, or ends', `one that did neither within ${waited}`, { cause });
    },
  );
}
