/**
 * Collects garbage while memory runs short. Bodies and values lie outside of the JavaScript heap, where the engine lets
 * them lie until it finds a collection worth it: on a machine of 128 MB these were 71 MB that nobody held any more.
 */

export interface GarbageCollection {
  /**
   * Collects unless it did so a moment ago, or there is little to collect. True when it did. `needed`: somebody is
   * refused for want of memory, so that little is worth it too, and what lies in the heap.
   */
  collect(needed: boolean): boolean;
}

export interface GarbageOptions {
  /** What has to lie outside of the heap for a collection, beside what is held. */
  readonly worthBytes: number;
  /** What is known to be in use of what lies there. */
  readonly heldBytes: () => number;
}

/** A collection of a heap of 15 MB holds the event loop for about 10 ms: so many times what the last one took. */
const pauseFactor = 50;
const minPauseMs = 500;

export function createGarbageCollection({ worthBytes, heldBytes }: GarbageOptions): GarbageCollection {
  // The number beside it, `external`, follows a collection late.
  const outside = (): number => process.memoryUsage().arrayBuffers;
  const unheld = (): number => Math.max(0, outside() - heldBytes());
  /** The least that lay there since the last collection, which is swept by and by, and was nobody's body: the store's. */
  let own = outside();
  let run: (() => void) | undefined;
  let notBeforeMs = 0;
  return {
    collect(needed) {
      own = Math.min(own, unheld());
      const startedMs = performance.now();
      if (startedMs < notBeforeMs || (!needed && unheld() - own < worthBytes)) return false;
      run ??= exposeCollection();
      run();
      const endedMs = performance.now();
      notBeforeMs = endedMs + Math.max(minPauseMs, pauseFactor * (endedMs - startedMs));
      own = unheld();
      return true;
    },
  };
}

/** The engine shows it to contexts that are made after the flag is set; loaded when memory is short and not before. */
function exposeCollection(): () => void {
  process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
  return process.getBuiltinModule('node:vm').runInNewContext('gc') as () => void;
}
