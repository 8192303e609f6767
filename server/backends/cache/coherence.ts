/**
 * Which reads a cache may keep. Time is a counter of events: a read is known by the tick at which it began, a write
 * by those at which it began and ended, and what was read is good as long as no write has touched it since.
 *
 * A write reaches a key, a collection (a drop, a prefix) or a namespace, so there is a gate for each, and a key's
 * stands within its collection's: a drop of a million records costs one step. A gate exists while something is in
 * flight there, is held or is cached within it, so there are never more of them than that.
 */

export interface Gate {
  readonly path: string;
  /** The gate around it; undefined for the one around everything. */
  readonly outer: Gate | undefined;
  /** What keeps it in existence. */
  users: number;
  /** Writes in flight. */
  writing: number;
  /** The tick of the last beginning or end of a write. */
  changedAt: number;
  /** Until when nothing is kept, on the monotonic clock, after a write of which nobody knows whether it will land. */
  heldUntilMs: number | undefined;
}

/** What a write reaches: a namespace, a collection of it, or a key of that. */
export interface Reach {
  readonly namespace: string;
  readonly collection?: string | undefined;
  readonly key?: string;
}

export interface CoherenceOptions {
  readonly monotonicMs: () => number;
  /** Drops what is cached under this path. */
  readonly forget: (path: string) => void;
}

export interface Coherence {
  /** Close what is opened. */
  open(reach: Reach): Gate;
  /** Keeps an open gate a second time, for something cached within it. */
  reopen(gate: Gate): void;
  close(gate: Gate): void;
  /** The tick of a read that begins now. */
  tick(): number;
  beginWrite(gate: Gate): void;
  endWrite(gate: Gate): void;
  /** What was read before is no longer good. */
  change(gate: Gate, moment: 'before' | 'after'): void;
  /** The outcome of a write is unknown: for a while nothing read there is kept. */
  hold(gate: Gate): void;
  /** True when no write overlapped a read that began at that tick, from then to now. */
  isQuiet(gate: Gate, beganAt: number): boolean;
  /** True when no write has begun or ended since. Cheaper, and enough for what was quiet when it was kept. */
  isUnchanged(gate: Gate, beganAt: number): boolean;
}

/**
 * A write that was answered as a time-out may still be on its way to the store. Every driver here gives its
 * connection up or tells the store the deadline, so it lands within seconds or never.
 */
const holdMs = 30_000;
/** Beyond it, everything is held instead: an outage, in which there is little to keep anyway. */
const maxHolds = 10_000;

export function createCoherence({ monotonicMs, forget }: CoherenceOptions): Coherence {
  const gates = new Map<string, Gate>();
  const root = createGate('', undefined);
  /** In the order in which they end: all last equally long. */
  const holds = new Set<Gate>();
  let ticks = 0;
  const tick = (): number => {
    ticks += 1;
    return ticks;
  };

  const enter = (path: string, outer: Gate): Gate => {
    let gate = gates.get(path);
    if (gate === undefined) {
      gate = createGate(path, outer);
      outer.users += 1;
      gates.set(path, gate);
    }
    return gate;
  };
  const close = (gate: Gate): void => {
    gate.users -= 1;
    if (gate.users > 0 || gate.outer === undefined) return;
    gates.delete(gate.path);
    close(gate.outer);
  };
  const endHold = (gate: Gate): void => {
    holds.delete(gate);
    gate.heldUntilMs = undefined;
    close(gate);
  };
  const endHolds = (): void => {
    if (holds.size === 0) return;
    const nowMs = monotonicMs();
    for (const gate of holds) {
      if ((gate.heldUntilMs ?? 0) > nowMs) return;
      // A read that began while it was held is not good yet.
      gate.changedAt = tick();
      endHold(gate);
    }
  };
  const hold = (gate: Gate): void => {
    if (gate.heldUntilMs === undefined) gate.users += 1;
    else holds.delete(gate);
    gate.heldUntilMs = monotonicMs() + holdMs;
    holds.add(gate);
    if (holds.size <= maxHolds) return;
    for (const one of holds) if (one !== root) endHold(one);
    hold(root);
  };

  return {
    open({ namespace, collection, key }) {
      endHolds();
      let gate = enter(namespace, root);
      if (collection !== undefined) gate = enter(`${namespace}/${collection}`, gate);
      if (key !== undefined) gate = enter(`${namespace}/${collection}/${key}`, gate);
      gate.users += 1;
      return gate;
    },
    reopen: (gate) => {
      gate.users += 1;
    },
    close,
    tick,
    beginWrite: (gate) => {
      gate.writing += 1;
    },
    endWrite: (gate) => {
      gate.writing -= 1;
    },
    change(gate) {
      gate.changedAt = tick();
      forget(gate.path);
    },
    hold,
    isQuiet(gate, beganAt) {
      for (let at: Gate | undefined = gate; at !== undefined; at = at.outer) {
        if (at.writing > 0 || at.heldUntilMs !== undefined || at.changedAt >= beganAt) return false;
      }
      return true;
    },
    isUnchanged(gate, beganAt) {
      for (let at: Gate | undefined = gate; at !== undefined; at = at.outer) {
        if (at.changedAt >= beganAt) return false;
      }
      return true;
    },
  };
}

function createGate(path: string, outer: Gate | undefined): Gate {
  return { path, outer, users: 0, writing: 0, changedAt: 0, heldUntilMs: undefined };
}
