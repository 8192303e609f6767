import type { DiskCall, Victim } from '../../suites/fault.ts';
import type { FaultGround, Injection } from './injection.ts';
import { traceVictim } from './traced-victim.ts';
import type { Tracer } from './tracer.ts';

export interface Tampering {
  readonly victim: Victim;
  readonly call: DiskCall;
  /** As strace takes it behind `inject=CALL:`. */
  readonly how: string;
  /** What it did to the calls that it met. */
  readonly tell: (tracer: Tracer) => string;
}

/** Changes what a call does until it heals. Evidence is that strace met one. */
export async function tamper(fault: FaultGround, { victim, call, how, tell }: Tampering): Promise<Injection> {
  const traced = await traceVictim(fault, victim, { call, tampering: how });
  const { tracer, target } = traced;
  return {
    target,
    async heal() {
      const recovered = await traced.recover();
      return tracer.struck === 0 ? undefined : `strace: ${tell(tracer)}, the last: ${tracer.witness}; ${recovered}`;
    },
  };
}
