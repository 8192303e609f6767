/** What an engine that keeps files of its own tells of their damage and their copies. */

/** A data file that was found damaged, and what took its place. It is told until its quarantine is moved away. */
export interface Recovery {
  readonly foundAtMs: number;
  /** What was wrong with the file, as the end of a sentence. */
  readonly fault: string;
  /** Folder with the damaged file. */
  readonly quarantine: string;
  /** When the snapshot was taken that was restored: what was written since is lost. Undefined: there was none. */
  readonly restoredToMs: number | undefined;
}

export interface SnapshotCounts {
  readonly taken: number;
  readonly failed: number;
  /** Whether the last attempt failed. */
  readonly failing: boolean;
  /** Of the newest one that there is; undefined where there is none. */
  readonly newestAtMs: number | undefined;
  readonly newestBytes: number | undefined;
  /** What the last one took; undefined before the first. */
  readonly durationMs: number | undefined;
}

export interface StorageState {
  /** The last one. */
  readonly recovery: Recovery | undefined;
  readonly quarantines: number;
  /** Records whose checksum did not match when the whole file was last read; undefined before that. */
  readonly damagedRecords: number | undefined;
  readonly snapshots: SnapshotCounts;
}
