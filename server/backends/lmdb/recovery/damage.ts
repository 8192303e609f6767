/** Thrown inside a check: what is wrong with the file, as the end of a sentence. It never leaves the check. */
export class Damage extends Error {
  override readonly name = 'Damage';
}
