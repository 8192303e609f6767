/** Every fault: whether it can be had, and how it is done. */

import type { ActiveFault, FaultName, Faults } from '../../suites/fault.ts';
import type { Stage } from '../../suites/suite.ts';
import { clock, probeClock } from './clock.ts';
import { corruption, type DamageTold, probeCorruption } from './corruption.ts';
import { crash, probeCrash } from './crash.ts';
import { crashAtCall } from './crash-at-call.ts';
import { diskFull, probeDiskFull } from './disk-full.ts';
import { createFaultRecorder, type FaultGround, type Injection, type ProbeFault } from './injection.ts';
import { ioError } from './io-error.ts';
import { memoryLimit, probeMemoryLimit } from './memory-limit.ts';
import { network, probeNetwork } from './network.ts';
import { pause, probePause } from './pause.ts';
import { powerLoss, probePowerLoss } from './power-loss.ts';
import { powerLossReplay, probePowerLossReplay } from './power-loss-replay.ts';
import { slowFlush } from './slow-flush.ts';
import { probeStoreDisconnect, storeDisconnect } from './store-disconnect.ts';
import { probeStoreRestart, storeRestart } from './store-restart.ts';
import { probeTraced } from './traced-victim.ts';

export const faultProbes: Readonly<Record<FaultName, ProbeFault>> = {
  crash: probeCrash,
  'crash-at-call': probeTraced,
  'io-error': probeTraced,
  'slow-flush': probeTraced,
  'memory-limit': probeMemoryLimit,
  pause: probePause,
  network: probeNetwork,
  'store-disconnect': probeStoreDisconnect,
  'store-restart': probeStoreRestart,
  clock: probeClock,
  'disk-full': probeDiskFull,
  'power-loss': probePowerLoss,
  'power-loss-replay': probePowerLossReplay,
  corruption: probeCorruption,
};

interface FaultsOfCase {
  /** What the case declares. */
  readonly declared: readonly FaultName[];
  readonly note: Stage['note'];
  readonly caseStarted: number;
  readonly seed: number;
  /** Undefined where the case shares its server. */
  readonly ground: () => FaultGround | undefined;
}

/** Those that the case declares; the others reject. */
export function createFaults({ declared, note, caseStarted, seed, ground }: FaultsOfCase): Faults {
  const record = createFaultRecorder(note, caseStarted);
  const groundFor = (name: FaultName): FaultGround => {
    if (!declared.includes(name)) throw new Error(`the case does not declare the fault ${name}`);
    const found = ground();
    if (found === undefined) throw new Error(`the fault ${name} needs a server of the case's own`);
    return found;
  };
  const begin = async (name: FaultName, inject: (fault: FaultGround) => Promise<Injection>): Promise<ActiveFault> => {
    const fault = groundFor(name);
    return record(name, () => inject(fault));
  };
  return {
    crash: (victim = 'holder') => begin('crash', (fault) => crash(fault, victim)),
    crashAtCall: (at) => begin('crash-at-call', (fault) => crashAtCall(fault, at)),
    ioError: (at) => begin('io-error', (fault) => ioError(fault, at)),
    slowFlush: (delayMs, victim = 'holder') => begin('slow-flush', (fault) => slowFlush(fault, delayMs, victim)),
    memoryLimit: (victim = 'holder') => begin('memory-limit', (fault) => memoryLimit(fault, victim)),
    pause: (victim = 'holder') => begin('pause', (fault) => pause(fault, victim)),
    network: (link, mode) => begin('network', (fault) => network(fault, { link, mode, seed })),
    storeDisconnect: () => begin('store-disconnect', storeDisconnect),
    storeRestart: () => begin('store-restart', storeRestart),
    clock: (byMs) => begin('clock', (fault) => clock(fault, byMs)),
    diskFull: (options) => begin('disk-full', (fault) => diskFull(fault, options)),
    powerLoss: () => begin('power-loss', powerLoss),
    replayPowerLoss: (points, judge) => begin('power-loss-replay', (fault) => powerLossReplay(fault, points, judge)),
    corruption: async (damage, options) => {
      const told: DamageTold = { sha256: '', refused: undefined };
      const active = await begin('corruption', (fault) => corruption(fault, { damage, ...options }, told));
      return Object.assign(told, active);
    },
  };
}
