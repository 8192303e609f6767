/** A bound on how many actions run at once; the others wait in order. */
export interface Slots {
  run<T>(action: () => Promise<T>): Promise<T>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];
  const acquire = async (): Promise<void> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  /** A slot goes to who waits longest, without being free in between. */
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    async run(action) {
      await acquire();
      try {
        return await action();
      } finally {
        release();
      }
    },
  };
}
