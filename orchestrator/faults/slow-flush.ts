/** A slow disk: every flush takes longer, as on worn flash. */

import type { Victim } from '../../suites/fault.ts';
import type { FaultGround, Injection } from './injection.ts';
import { tamper } from './tampering.ts';

export function slowFlush(fault: FaultGround, delayMs: number, victim: Victim): Promise<Injection> {
  const how = `delay_enter=${Math.round(delayMs * 1000)}`;
  const tell = ({ struck }: { readonly struck: number }): string => `${struck} flushes took ${delayMs} ms longer`;
  return tamper(fault, { victim, call: 'fdatasync', how, tell });
}
