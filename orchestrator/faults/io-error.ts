/** The disk answers with an error: the call is not done and returns EIO. */

import type { FailingCall } from '../../suites/fault.ts';
import type { FaultGround, Injection } from './injection.ts';
import { tamper } from './tampering.ts';

export function ioError(fault: FaultGround, { call, nth, victim = 'holder' }: FailingCall): Promise<Injection> {
  const how = `error=EIO${nth === undefined ? '' : `:when=${nth}`}`;
  return tamper(fault, { victim, call, how, tell: ({ struck, calls }) => `${struck} of ${calls} calls failed` });
}
