/** Clients that write ever new keys, and now and then read one that was acknowledged: what is lost can be counted. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Get, SetValue } from '../history.ts';
import { createRecordedClient, type RecordedClient } from '../recorded-client.ts';
import type { Recorder } from '../recorder.ts';
import type { Stage } from '../suite.ts';
import { waitUntil } from '../wait-until.ts';

export interface InsertOptions {
  readonly clients: number;
  /** Largest value. */
  readonly valueBytes: number;
}

export interface Inserts {
  /** Writes that have been called and have not returned. */
  readonly inFlight: number;
  readonly acknowledged: number;
  /** Writes that ended without success. */
  readonly refused: number;
  /** Answered reads. */
  readonly read: number;
  /** Waits until the count has grown by so many. Throws CaseInconclusive when it does not within 30 s. */
  more(what: 'acknowledged' | 'refused' | 'read', by: number): Promise<void>;
  /** The same where it is what the case claims; throws CaseFailed when they do not come. */
  demand(what: 'acknowledged' | 'refused' | 'read', by: number): Promise<void>;
  /** No further operation begins; resolves when all have ended. */
  stop(): Promise<void>;
  /** Reads every key that was written, once `stop` has resolved. */
  readAll(): Promise<void>;
}

/** What a client waits after an operation without success, so that a dead server is not asked in a busy loop. */
const pauseMs = 5;
const moreTimeoutMs = 30_000;
const readsOf100 = 15;

export function startInserts(stage: Stage, history: Recorder, options: InsertOptions): Inserts {
  const counts = { acknowledged: 0, refused: 0, read: 0 };
  const written: string[] = [];
  const readable: string[] = [];
  let inFlight = 0;
  let stopping = false;

  const write = async (recorded: RecordedClient, key: string): Promise<SetValue> => {
    written.push(key);
    inFlight += 1;
    try {
      return await recorded.set(key);
    } finally {
      inFlight -= 1;
    }
  };
  const count = (done: Get | SetValue): void => {
    if (done.type !== 'ok') counts.refused += done.f === 'set' ? 1 : 0;
    else if (done.f === 'get') counts.read += 1;
    else {
      counts.acknowledged += 1;
      readable.push(done.key);
    }
  };
  const client = async (number: number): Promise<void> => {
    const random = stage.random.split(`inserts ${number}`);
    const recorded = createRecordedClient(stage, history, { valueBytes: () => random.below(options.valueBytes) });
    for (let sequence = 0; !stopping && !stage.signal.aborted; sequence += 1) {
      const reads = readable.length > 0 && random.below(100) < readsOf100;
      const done = reads ? await recorded.get(random.pick(readable)) : await write(recorded, `k${number}-${sequence}`);
      count(done);
      if (done.type !== 'ok') await delay(pauseMs, undefined, { signal: stage.signal });
    }
  };

  const clients = Array.from({ length: options.clients }, (_, i) => i + 1);
  const running = Promise.all(clients.map(client));
  // A case that throws stops them by its signal and waits for them no more.
  running.catch(() => undefined);
  const wait = async (what: keyof typeof counts, by: number, claimed: boolean): Promise<void> => {
    const target = counts[what] + by;
    const enough = (): boolean => counts[what] >= target;
    const options = { signal: stage.signal, timeoutMs: moreTimeoutMs, claimed };
    await waitUntil(`${by} more ${what} operations`, enough, options);
  };
  return {
    get inFlight() {
      return inFlight;
    },
    get acknowledged() {
      return counts.acknowledged;
    },
    get refused() {
      return counts.refused;
    },
    get read() {
      return counts.read;
    },
    more: (what, by) => wait(what, by, false),
    demand: (what, by) => wait(what, by, true),
    async stop() {
      stopping = true;
      await running;
    },
    async readAll() {
      const left = written.toReversed();
      const reader = async (): Promise<void> => {
        const recorded = createRecordedClient(stage, history);
        for (let key = left.pop(); key !== undefined; key = left.pop()) await recorded.get(key);
      };
      await Promise.all(clients.map(reader));
    },
  };
}
