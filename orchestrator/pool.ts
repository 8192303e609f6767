/** Works on the items side by side, at most `width` at a time, in order; no item begins once `stop` says so. */
export async function runPool<T>(
  items: readonly T[],
  width: number,
  stop: () => boolean,
  work: (item: T) => Promise<void>,
): Promise<readonly T[]> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    while (!stop()) {
      const item = waiting.shift();
      if (item === undefined) return;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return waiting;
}
