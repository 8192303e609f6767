/** A copy of a store that cannot be had; the message says why, as the end of a sentence. */
export class CopyFailure extends Error {
  override readonly name = 'CopyFailure';
}
