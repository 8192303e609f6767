/** What the generator is told to do, and what a round of any kind of contender gives. */

export interface LoadJob {
  readonly port: number;
  readonly method: 'GET' | 'PUT' | 'POST';
  /** Path with `{key}` where the key belongs. */
  readonly path: string;
  /** Size of the key space; the same seed gives the same keys. */
  readonly keys: number;
  readonly seed: number;
  /** Bytes of a request's body, or of each value of a batch; 0 for none. */
  readonly bodyBytes: number;
  /** A request is a batch of so many sets, and each of them is an operation; undefined: it is one operation. */
  readonly batchOf: number | undefined;
  readonly connections: number;
  /** Random keys for so long; undefined sends every key once. */
  readonly seconds: number | undefined;
  readonly expect: {
    readonly statuses: readonly number[];
    /** Without it a body may have any length. */
    readonly bodyBytes?: number;
  };
  /** Processes whose processor time is the server's. */
  readonly serverPids: readonly number[];
}

export interface Round {
  readonly operations: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server's processes; null where the system does not tell. */
  readonly serverCpuMs: number | null;
  /** Null where there is no generator. */
  readonly generatorCpuMs: number | null;
  /** Anonymous memory of the server's processes at the end; null where it is not known. */
  readonly serverAnonBytes: number | null;
}
