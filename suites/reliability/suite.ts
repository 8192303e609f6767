import type { Suite } from '../suite.ts';
import { cachedCases } from './cached.ts';
import { clientLinkCases } from './client-link.ts';
import { clockCases } from './clock.ts';
import { contentionCases } from './contention.ts';
import { corruptionCases } from './corruption.ts';
import { crashCases } from './crash.ts';
import { crashAtCallCases } from './crash-at-call.ts';
import { diskCases } from './disk.ts';
import { enduranceCases } from './endurance.ts';
import { ioErrorCases } from './io-errors.ts';
import { memoryCases } from './memory.ts';
import { networkCases } from './network.ts';
import { pauseCases } from './pause.ts';
import { powerLossCases } from './power-loss.ts';
import { powerLossReplayCases } from './power-loss-replay.ts';
import { resourceCases } from './resources.ts';
import { restartCases } from './restart.ts';
import { snapshotRecoveryCases } from './snapshot-recovery.ts';
import { spaceCases } from './space.ts';
import { storeCallCases } from './store-calls.ts';
import { storeExpiryCases } from './store-expiry.ts';
import { sweepCases } from './sweep.ts';

export const reliability: Suite = {
  name: 'reliability',
  title: 'What is acknowledged survives faults, and what is hit comes back',
  cases: [
    ...crashCases,
    ...crashAtCallCases,
    ...ioErrorCases,
    ...memoryCases,
    ...pauseCases,
    ...contentionCases,
    ...powerLossCases,
    ...diskCases,
    ...spaceCases,
    ...sweepCases,
    ...corruptionCases,
    ...snapshotRecoveryCases,
    ...powerLossReplayCases,
    ...networkCases,
    ...storeCallCases,
    ...cachedCases,
    ...clientLinkCases,
    ...resourceCases,
    ...restartCases,
    ...clockCases,
    ...storeExpiryCases,
    ...enduranceCases,
  ],
};
