/** Counts by upper bound, in one array: an observation allocates nothing and costs some nanoseconds. */

export interface Histogram {
  observe(value: number): void;
}

export interface HistogramCells extends Histogram {
  /** Observations at or below each bound, the last of them all. */
  cumulative(): readonly number[];
  sum(): number;
}

/** `bounds` ascend; what is above the last of them is counted too. */
export function createHistogram(bounds: readonly number[]): HistogramCells {
  const limits = Float64Array.from(bounds);
  const last = limits.length;
  // The sum stands behind the counts: a number of its own would be boxed anew by every observation.
  const cells = new Float64Array(last + 2);
  return {
    observe(value) {
      let at = 0;
      while (at < last && value > (limits[at] ?? 0)) at += 1;
      cells[at] = (cells[at] ?? 0) + 1;
      cells[last + 1] = (cells[last + 1] ?? 0) + value;
    },
    cumulative() {
      let total = 0;
      return Array.from(cells.subarray(0, last + 1), (count) => {
        total += count;
        return total;
      });
    },
    sum: () => cells[last + 1] ?? 0,
  };
}
