/** SIGKILL instead of the n-th flush or write: nothing of that call, and of what would have followed it, is done. */

import type { CrashCall } from '../../suites/fault.ts';
import { waitFor } from '../wait.ts';
import type { FaultGround, Injection } from './injection.ts';
import { traceVictim } from './traced-victim.ts';

export async function crashAtCall(fault: FaultGround, at: CrashCall): Promise<Injection> {
  const { call, nth, withinMs, victim = 'holder' } = at;
  const traced = await traceVictim(fault, victim, { call, tampering: `signal=SIGKILL:when=${nth}` });
  const { tracer, target } = traced;
  const struck = async (): Promise<true | undefined> => (tracer.killed || (await traced.ended()) ? true : undefined);
  // Without a death there is no evidence, and `heal` says so.
  const wait = { timeoutMs: withinMs, intervalMs: 5, signal: fault.signal };
  await waitFor('the call', struck, wait).catch(() => undefined);
  // Until then the kernel keeps what is left of the dead for the tracer.
  if (tracer.killed) await tracer.detach();
  return {
    target,
    async heal() {
      const recovered = await traced.recover();
      if (!tracer.killed || tracer.calls < nth) return undefined;
      return `strace: SIGKILL at ${call} number ${nth}, ${tracer.witness}; ${recovered}`;
    },
  };
}
