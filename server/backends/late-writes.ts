/**
 * Any backend, so that what was found expired stays expired however calls overtake each other on their way to the store.
 * An engine decides expiry by the time of the call, and a write that came when the record lived may be done, or be seen
 * to be done, after a later call has found it expired: it would bring the record back. So calls pass here in the order of
 * their times, and one that finds a record expired and changes nothing waits for the older writes to that key which were
 * under way when it came, and looks again. It knows what goes through this process.
 */

import type { Backend, BatchRequest, Call, RecordAddress } from './backend.ts';

interface UnderWay {
  readonly nowMs: number;
  done: boolean;
  /** Made by the first who waits. */
  settled: PromiseWithResolvers<void> | undefined;
}

interface Decision<T> {
  readonly run: (call: Call) => T | Promise<T>;
  /** Whether the outcome has taken the record's place, so that it cannot come back. */
  readonly changes: (outcome: T) => boolean;
}

const changesNothing = (): boolean => false;

export function awaitLateWrites(backend: Backend): Backend {
  const underWay = new Map<string, Set<UnderWay>>();
  let latestMs = 0;

  /** A call is not let through with an earlier time than one before it: both may be about one record. */
  const inOrder = (call: Call): Call => {
    if (call.nowMs >= latestMs) {
      latestMs = call.nowMs;
      return call;
    }
    return { ...call, nowMs: latestMs };
  };

  const enter = (path: string, write: UnderWay): void => {
    const writes = underWay.get(path);
    if (writes === undefined) underWay.set(path, new Set([write]));
    else writes.add(write);
  };
  const leave = (path: string, write: UnderWay): void => {
    const writes = underWay.get(path);
    writes?.delete(write);
    if (writes?.size === 0) underWay.delete(path);
  };
  const writesTo = (path: string): readonly UnderWay[] => [...(underWay.get(path) ?? [])];
  const writing = async <T>(paths: readonly string[], { nowMs }: Call, run: () => T | Promise<T>): Promise<T> => {
    const write: UnderWay = { nowMs, done: false, settled: undefined };
    for (const path of paths) enter(path, write);
    try {
      return await run();
    } finally {
      write.done = true;
      write.settled?.resolve();
      for (const path of paths) leave(path, write);
    }
  };

  /** `before`: the writes to the key that were under way when the call came. */
  const decide = async <T>(
    path: string,
    call: Call,
    { run, changes, before }: Decision<T> & { readonly before: readonly UnderWay[] },
  ): Promise<T> => {
    let found = 0;
    const onExpired = (expiresAtMs: number): void => {
      found = Math.max(found, expiresAtMs);
    };
    const outcome = await run({ ...call, onExpired });
    const older = before.filter(({ nowMs }) => nowMs < found);
    if (older.length === 0 || changes(outcome)) {
      if (found > 0) call.onExpired?.(found);
      return outcome;
    }
    await call.deadline.bound(Promise.all(older.map(settlementOf)), 'A write before it');
    return decide(path, inOrder(call), { run, changes, before: writesTo(path) });
  };

  const read = <T>(address: RecordAddress, given: Call, run: (call: Call) => T | Promise<T>): T | Promise<T> => {
    const call = inOrder(given);
    if (underWay.size === 0) return run(call);
    const path = pathOf(address);
    const before = writesTo(path);
    return before.length === 0 ? run(call) : decide(path, call, { run, changes: changesNothing, before });
  };

  const write = async <T>(address: RecordAddress, given: Call, { run, changes }: Decision<T>): Promise<T> => {
    const call = inOrder(given);
    const path = pathOf(address);
    const registered = (deciding: Call): Promise<T> => writing([path], deciding, () => run(deciding));
    if (!underWay.has(path)) return registered(call);
    return decide(path, call, { run: registered, changes, before: writesTo(path) });
  };

  return {
    ...backend,
    get: (address, call) => read(address, call, (reading) => backend.get(address, reading)),
    head: async (address, call) => read(address, call, (reading) => backend.head(address, reading)),
    set: (address, request, call) =>
      write(address, call, {
        run: (deciding) => backend.set(address, request, deciding),
        changes: ({ outcome }) => outcome !== 'precondition_failed',
      }),
    touch: (address, request, call) =>
      write(address, call, {
        run: (deciding) => backend.touch(address, request, deciding),
        changes: ({ outcome }) => outcome === 'touched',
      }),
    delete: (address, condition, call) =>
      write(address, call, {
        run: (deciding) => backend.delete(address, condition, deciding),
        changes: ({ outcome }) => outcome === 'deleted',
      }),
    // Waited for, and does not wait itself: what it finds expired beside late writes may be back.
    batch(request, given) {
      const call = inOrder(given);
      return writing(writtenBy(request), call, () => backend.batch(request, call));
    },
  };
}

async function settlementOf(write: UnderWay): Promise<void> {
  if (write.done) return;
  write.settled ??= Promise.withResolvers();
  await write.settled.promise;
}

function writtenBy({ operations }: BatchRequest): readonly string[] {
  return [...new Set(operations.filter(({ op }) => op !== 'get').map(({ address }) => pathOf(address)))];
}

function pathOf({ namespace, collection, key }: RecordAddress): string {
  return `${namespace}/${collection}/${key}`;
}
