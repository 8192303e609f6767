/** Defects of the harness itself, for `prove`: each must be noticed by a case that would otherwise pass. */

import { judgeFile } from '../suites/checkers/judge-file.ts';
import type { Client } from '../suites/client.ts';
import type { ActiveFault, Faults } from '../suites/fault.ts';
import { NoAnswer } from '../suites/no-answer.ts';
import type { Sabotage } from './run-context.ts';

/** Nothing is broken. */
export const sound: Sabotage = { client: (client) => client, faults: (faults) => faults, judgeFile };

/** Sends what got no answer a second time, and says nothing of it. */
function retry(client: Client): Client {
  return {
    ...clientOf(client),
    async request(spec) {
      try {
        return await client.request(spec);
      } catch (error) {
        if (error instanceof NoAnswer) return client.request(spec);
        throw error;
      }
    },
  };
}

/** No read gets through: whatever was written is never looked at. */
function readNothing(client: Client): Client {
  return {
    ...clientOf(client),
    async request(spec) {
      const answer = await client.request(spec);
      if (spec.method !== 'GET') return answer;
      throw new NoAnswer('broken', 'unknown', { exchange: answer.exchange });
    },
  };
}

/** The members, for a spread: those that are read later stay so. */
function clientOf(client: Client): Client {
  return {
    get baseUrl() {
      return client.baseUrl;
    },
    get counts() {
      return client.counts;
    },
    request: (spec) => client.request(spec),
    raw: (bytes, waitMs) => client.raw(bytes, waitMs),
    written: () => client.written(),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

/** Every fault begins and heals, and nothing happens. */
function injectNothing(faults: Faults): Faults {
  const nothing = async (): Promise<ActiveFault> => ({ begunNs: process.hrtime.bigint(), heal: async () => undefined });
  return { ...faults, crash: nothing, network: nothing, pause: nothing };
}

/** Every check holds, and has counted as much as it must. */
const approve: Sabotage['judgeFile'] = async (work, signal) => {
  const judged = await judgeFile(work, signal);
  const judgements = judged.judgements.map(({ check, version }) => {
    const guards = Object.entries(check.minimums).map(([guard, minimum]) => ({ guard, value: minimum, minimum }));
    return { check, version, judgement: { verdict: 'holds', guards } as const };
  });
  return { ...judged, judgements };
};

const sabotages: Readonly<Record<string, Sabotage>> = {
  'client-retries': { ...sound, client: retry },
  'reads-never-run': { ...sound, client: readNothing },
  'injector-does-nothing': { ...sound, faults: injectNothing },
  'checker-always-true': { ...sound, judgeFile: approve },
};

export const sabotageNames: readonly string[] = Object.keys(sabotages);

/** Throws for a name that is none. */
export function sabotageOf(name: string): Sabotage {
  const found = sabotages[name];
  if (found === undefined) throw new Error(`there is no sabotage ${name}`);
  return found;
}
