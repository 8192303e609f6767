/** What an engine that has connections tells of them. */
export interface ConnectionCounts {
  /** Connections with a call under way. */
  readonly inUse: number;
  /** Connections that are ready for one. */
  readonly idle: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
  /** Connections that were opened since the start. */
  readonly created: number;
  /** Connections that broke, and attempts to open one that failed. */
  readonly failed: number;
}
