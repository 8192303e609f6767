/** Where a store keeps the time that servers on it have reached: one record, in a place that no client can name. */

import { CommanderError } from '../errors.ts';
import type { Revision } from '../revision.ts';
import type { Backend, Call, Condition, RecordAddress } from './backend.ts';

export const floorAddress: RecordAddress = { namespace: '_clock', collection: 'floor', key: 'floor' };

export interface FloorRecord {
  /** In ms since the epoch; undefined where there is none, or one that is damaged. Rejects as the store does. */
  read(call: Call): Promise<number | undefined>;
  /**
   * Resolves once the store durably holds this time or a later one that is believed. It takes the place of one that is
   * earlier, damaged or not believed. Rejects as the store does.
   */
  raise(floorMs: number, call: Call): Promise<void>;
}

/** The revision that the record has, should nobody else have written it since. */
type Known = Revision | 'none' | 'damaged';

export function createFloorRecord(backend: Backend, believes: (floorMs: number) => boolean): FloorRecord {
  let known: Known = 'none';

  const read = async (call: Call): Promise<number | undefined> => {
    try {
      const record = await backend.get(floorAddress, call);
      known = record?.revision ?? 'none';
      return record && parseFloor(record.value);
    } catch (error) {
      if (!isDamage(error)) throw error;
      known = 'damaged';
      return undefined;
    }
  };

  /** Whether it was written: not where somebody else has written since `known`. */
  const write = async (floorMs: number, call: Call): Promise<boolean> => {
    const request = {
      value: Buffer.from(String(floorMs)),
      contentType: 'text/plain',
      expiry: { kind: 'none' },
    } as const;
    try {
      const outcome = await backend.set(floorAddress, { ...request, condition: conditionOf(known) }, call);
      if (outcome.outcome === 'precondition_failed') return false;
      known = outcome.revision;
      return true;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return false;
    }
  };

  return {
    read,
    async raise(floorMs, call) {
      while (!(await write(floorMs, call))) {
        const stored = await read(call);
        if (stored !== undefined && stored >= floorMs && believes(stored)) return;
      }
    },
  };
}

function conditionOf(known: Known): Condition | undefined {
  if (known === 'damaged') return undefined;
  return known === 'none' ? { ifMatch: undefined, ifNoneMatch: '*' } : { ifMatch: [known], ifNoneMatch: undefined };
}

function isDamage(error: unknown): boolean {
  return error instanceof CommanderError && error.code === 'record_corrupt';
}

function parseFloor(value: Buffer): number | undefined {
  const text = value.toString('latin1');
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
