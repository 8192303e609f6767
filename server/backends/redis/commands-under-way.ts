/** Commands that were sent and have no answer yet. */

/** A command that went unanswered for so long, on a connection where nothing else arrived, condemns the connection. */
export const minSilenceMs = 400;
/** Sending that much may rightly take longer than a small command's whole deadline. */
const largePayloadBytes = 1_000_000;

export class CommandsUnderWay {
  #sent = 0;
  #count = 0;
  /** Numbers of those with a large payload, in the order in which they were sent. */
  readonly #large = new Set<number>();

  get count(): number {
    return this.#count;
  }

  /** Returns the command's number. `payloadBytes`: what it carries to Redis. */
  begin(payloadBytes = 0): number {
    this.#sent += 1;
    this.#count += 1;
    if (payloadBytes >= largePayloadBytes) this.#large.add(this.#sent);
    return this.#sent;
  }

  end(number: number): void {
    this.#count -= 1;
    this.#large.delete(number);
  }

  /** A large payload ahead of the command explains that nothing is heard; one behind it does not. */
  waitsForLargePayload(number: number): boolean {
    const [oldest = number] = this.#large;
    return oldest < number;
  }
}
