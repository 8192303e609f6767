/** Whether the event loop is late for good: one long step is no load. */

export interface EventLoopLoad {
  look(lagMs: number): void;
  isOverloaded(): boolean;
}

/** Late at so many looks one after the other. */
const looksInRow = 2;

/** `maxLagMs` 0: never. */
export function createEventLoopLoad(maxLagMs: number): EventLoopLoad {
  let late = 0;
  return {
    look(lagMs) {
      late = maxLagMs > 0 && lagMs > maxLagMs ? late + 1 : 0;
    },
    isOverloaded: () => late >= looksInRow,
  };
}
