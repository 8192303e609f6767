/** HTTP client of the suites. Contract only for now. */
import type { Exchange } from '../reports/schema.ts';

export interface RequestSpec {
  readonly method: string;
  /** Path and query exactly as they go on the wire, such as `/api/v1/kv/a/b/%2F?ttlMs=5`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Buffer | string;
}

export interface Answer {
  readonly status: number;
  /** Undefined when absent; several lines of one name are joined with `, `. */
  header(name: string): string | undefined;
  readonly headerNames: readonly string[];
  readonly body: Buffer;
  /** The body as JSON; throws CaseFailed when it is not. */
  json(): unknown;
  readonly exchange: Exchange;
  /** Monotonic nanoseconds around the exchange. */
  readonly callNs: bigint;
  readonly returnNs: bigint;
}

export interface Client {
  readonly baseUrl: string;
  /** Sends the request once, without a hidden retry. Rejects with NoAnswer when no answer came. */
  request(spec: RequestSpec): Promise<Answer>;
  /** Writes the bytes to a socket and resolves with all the server sent until it closed or `waitMs` passed. */
  raw(bytes: Buffer | string, waitMs?: number): Promise<Buffer>;
  /** Operations by how they ended, since the client was made. */
  readonly counts: { readonly ok: number; readonly fail: number; readonly info: number };
}
