/** Clients that write and read a few keys until they are told to stop, every operation in a history. */

import { setTimeout as delay } from 'node:timers/promises';
import { isWrite, type Operation } from '../history.ts';
import type { Random } from '../random.ts';
import { createRecordedClient, type RecordedClient } from '../recorded-client.ts';
import type { Recorder } from '../recorder.ts';
import type { Stage } from '../suite.ts';
import { waitUntil } from '../wait-until.ts';

export interface WorkloadOptions {
  readonly clients: number;
  readonly keys: number;
  /** Largest value; lengths are spread from some 40 bytes to it. */
  readonly valueBytes: number;
  /** How many of 100 operations write; the rest are reads. */
  readonly sets: number;
  /** What a client does next, in place of a read or a write without a condition. */
  readonly act?: Act;
}

export type Act = (client: RecordedClient, key: string, random: Random) => Promise<Operation>;

export interface Workload {
  /** Operations that have been called and have not returned. */
  readonly inFlight: number;
  /** Writes that were acknowledged since the start. */
  readonly acknowledged: number;
  /** Waits for so many more acknowledged writes. Throws CaseInconclusive when they do not come within 20 s. */
  more(writes: number): Promise<void>;
  /** The same after a fault; throws CaseFailed when they do not come. */
  goOn(writes: number): Promise<void>;
  /** No further operation begins; resolves when all have ended. */
  stop(): Promise<void>;
}

/** What a client waits after an operation without success, so that a dead server is not asked in a busy loop. */
const pauseMs = 20;
const moreTimeoutMs = 20_000;

export function startWorkload(stage: Stage, history: Recorder, options: WorkloadOptions): Workload {
  const act: Act =
    options.act ?? ((client, key, random) => (random.below(100) < options.sets ? client.set(key) : client.get(key)));
  let stopping = false;
  let inFlight = 0;
  let acknowledged = 0;

  const watch = async (operation: Promise<Operation>): Promise<Operation> => {
    inFlight += 1;
    try {
      return await operation;
    } finally {
      inFlight -= 1;
    }
  };
  const client = async (number: number): Promise<void> => {
    const random = stage.random.split(`client ${number}`);
    const valueBytes = (): number => random.below(options.valueBytes);
    const recorded = createRecordedClient(stage, history, { valueBytes });
    while (!stopping && !stage.signal.aborted) {
      const key = `k${random.below(options.keys)}`;
      const done = await watch(act(recorded, key, random));
      if (done.type === 'ok' && isWrite(done)) acknowledged += 1;
      if (isOutage(done)) await delay(pauseMs, undefined, { signal: stage.signal });
    }
  };

  const running = Promise.all(Array.from({ length: options.clients }, (_, i) => client(i + 1)));
  // A case that fails before it stops its clients has told why; theirs is then no news.
  void running.catch(() => undefined);
  const wait = async (writes: number, claimed: boolean): Promise<void> => {
    const target = acknowledged + writes;
    const enough = (): boolean => acknowledged >= target;
    const options = { signal: stage.signal, timeoutMs: moreTimeoutMs, claimed };
    await waitUntil(`${writes} more acknowledged writes`, enough, options);
  };
  return {
    get inFlight() {
      return inFlight;
    },
    get acknowledged() {
      return acknowledged;
    },
    more: (writes) => wait(writes, false),
    goOn: (writes) => wait(writes, true),
    async stop() {
      stopping = true;
      await running;
    },
  };
}

/** Neither done nor refused by a condition: the server is away, or says that the store is. */
function isOutage({ type, output }: Operation): boolean {
  return type === 'info' || (type === 'fail' && output === null);
}

/** Reads every key of a workload once, after all else. */
export async function readAll(stage: Stage, history: Recorder, { keys }: WorkloadOptions): Promise<void> {
  const reader = createRecordedClient(stage, history);
  for (let key = 0; key < keys; key += 1) await reader.get(`k${key}`);
}
