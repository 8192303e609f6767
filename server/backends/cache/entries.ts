/** What is cached, by path, in a bounded number of bytes; which entries go first is the policy's affair. */
export interface Entries<E extends Weighed> {
  /** Counts as a use. */
  get(path: string): E | undefined;
  /** Makes room first. The entry must fit into the whole. */
  set(path: string, entry: E): void;
  delete(path: string): void;
  clear(): void;
  bytes(): number;
  count(): number;
}

export interface Weighed {
  readonly bytes: number;
}

export interface EntriesOptions<E extends Weighed> {
  readonly maxBytes: number;
  /** Called for each entry that leaves, however it does. */
  readonly onLeave: (entry: E, reason: 'evicted' | 'removed') => void;
}

export type CreateEntries = <E extends Weighed>(options: EntriesOptions<E>) => Entries<E>;
