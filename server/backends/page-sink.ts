/** A record of a page as an engine holds it: in bytes, all of which are used again after the call that gives it. */
export interface RawRecord {
  /** The key's UTF-8 stands in here. */
  readonly keyBytes: Buffer;
  readonly keyFrom: number;
  readonly keyTo: number;
  /** At least its head and its media type (record.ts). */
  readonly record: Buffer;
}

/**
 * Takes the records of a page, in the place of its items and in their order. To make texts of a hundred heads, only to
 * write them out, costs more than to read them.
 */
export interface PageSink {
  /** A live record whose head can be read whole. */
  add(raw: RawRecord): void;
  /** One that cannot: only its key is there. */
  addDamaged(raw: Omit<RawRecord, 'record'>): void;
}
