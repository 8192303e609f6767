import type { ErrorCode } from '../errors.ts';

/** An entity tag that no record has. */
export const neverSeen = `"${'0'.repeat(32)}"`;

/** A request and what its route answers. */
export interface Exchange {
  /** Path of the operation in the document; undefined: no route answers. */
  readonly of: string | undefined;
  readonly request: readonly [method: string, url: string, headers?: Record<string, string>, payload?: string];
  readonly answer: number | ErrorCode;
}

export function good(of: string, request: Exchange['request'], answer: number): Exchange {
  return { of, request, answer };
}
export function bad(of: string | undefined, request: Exchange['request'], answer: ErrorCode): Exchange {
  return { of, request, answer };
}
