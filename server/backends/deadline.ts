import { CommanderError } from '../errors.ts';

/**
 * When a call must have ended. The AbortSignal is made only when a driver asks for it: a timeout signal costs about
 * as much as a quarter of a GET.
 */
export class Deadline {
  readonly timeoutMs: number;
  /** On the monotonic clock, as `performance.now` gives it. */
  readonly startedAt: number;
  readonly #endsAt: number;

  /** `timeoutMs` from now on. */
  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
    this.startedAt = performance.now();
    this.#endsAt = this.startedAt + timeoutMs;
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
  bound<T>(work: Promise<T>, what: string): Promise<T> {
    // By hand: a race makes promises that nobody looks at.
    return new Promise((resolve, reject) => {
      const onTimer = (): void => {
        const leftMs = this.remainingMs();
        // A timer counts from when the event loop last looked at the clock, so it may be early.
        if (leftMs > 0) timer = setTimeout(onTimer, leftMs);
        else reject(this.#passed(what));
      };
      let timer = setTimeout(onTimer, this.remainingMs());
      work.then(
        (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  }

  #passed(what: string): CommanderError {
    return new CommanderError('store_unavailable', `${what} did not finish within ${this.timeoutMs} ms.`);
  }
}
