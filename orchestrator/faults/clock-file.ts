/** What the harness and the code that it puts before the server's agree on. */

/** Names the file that says by how many milliseconds the clock is ahead. */
export const clockVariable = 'ORCHESTRATOR_CLOCK_FILE';

/** What the server's process saw last. */
export interface SeenClock {
  readonly byMs: number;
  /** `Date.now()` there, just after. */
  readonly readMs: number;
  readonly pid: number;
}

export function seenFile(file: string): string {
  return `${file}.seen`;
}
