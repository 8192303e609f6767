import { CommanderError } from '../errors.ts';

/**
 * When a call must have ended. The AbortSignal is made only when a driver asks for it: a timeout signal costs about
 * as much as a quarter of a GET.
 */
export class Deadline {
  readonly timeoutMs: number;
  readonly #endsAt: number;

  /** `timeoutMs` from now on, on the monotonic clock. */
  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
    this.#endsAt = performance.now() + timeoutMs;
  }

  /** Milliseconds left, never below zero. */
  remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /** Throws `store_unavailable` when the deadline has passed; for stores that answer at once. */
  check(what: string): void {
    if (this.remainingMs() === 0) throw this.#passed(what);
  }

  signal(): AbortSignal {
    return AbortSignal.timeout(Math.ceil(this.remainingMs()));
  }

  /**
   * Settles with `work`, or rejects with `store_unavailable` when the deadline passes first. The work itself goes
   * on: its outcome is unknown, and a late rejection of it is taken here so that it never counts as unhandled.
   */
  async bound<T>(work: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        work.catch(() => undefined);
        reject(this.#passed(what));
      }, this.remainingMs());
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #passed(what: string): CommanderError {
    return new CommanderError('store_unavailable', `${what} did not finish within ${this.timeoutMs} ms.`);
  }
}
