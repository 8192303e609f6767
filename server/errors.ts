/**
 * The closed error catalogue. Every answer above 399 carries one of these codes in an RFC 9457 problem document;
 * the OpenAPI document and docs/api/errors.md are held against this table by test, in both directions.
 */

export interface ErrorEntry {
  /** HTTP status of the answer. */
  readonly status: number;
  /** RFC 9457 `title`: the same for every occurrence. */
  readonly title: string;
  /** True when the same request may succeed later without a change. */
  readonly retryable: boolean;
  /** What the reader of the answer can do about it. */
  readonly mend: string;
}

export const errorCatalogue = {
  malformed_request: {
    status: 400,
    title: 'The request is not well-formed HTTP',
    retryable: false,
    mend: 'Send a request that RFC 9112 allows; the detail names the part that is not.',
  },
  malformed_url: {
    status: 400,
    title: 'The URL is malformed',
    retryable: false,
    mend: 'Percent-encode the key exactly once, as UTF-8.',
  },
  invalid_query: {
    status: 400,
    title: 'A query parameter is not acceptable',
    retryable: false,
    mend: 'Use each documented parameter at most once, integers as plain digits.',
  },
  invalid_header: {
    status: 400,
    title: 'A request header is not acceptable',
    retryable: false,
    mend: 'Correct or leave out the header that the detail names.',
  },
  invalid_name: {
    status: 400,
    title: 'A namespace or collection name is not acceptable',
    retryable: false,
    mend: 'Use 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or a digit.',
  },
  invalid_key: {
    status: 400,
    title: 'The key is not acceptable',
    retryable: false,
    mend: 'Use 1 to 1024 bytes of well-formed UTF-8, or base64url of such with keyEncoding=base64url.',
  },
  invalid_ttl: {
    status: 400,
    title: 'The time to live is not acceptable',
    retryable: false,
    mend: 'Send ttlMs from 1 to 100 years in milliseconds, or expiresAt as RFC 3339 UTC with milliseconds, in the future.',
  },
  invalid_cursor: {
    status: 400,
    title: 'The cursor does not belong to this listing',
    retryable: false,
    mend: 'Send the cursor back unchanged, with the same path and prefix, and without `after`.',
  },
  invalid_body: {
    status: 400,
    title: 'The request body is not acceptable',
    retryable: false,
    mend: 'Send what the API reference describes for this route.',
  },
  forbidden: {
    status: 403,
    title: 'This server does not serve that origin',
    retryable: false,
    mend: 'Without credentials the server answers loopback clients of the same site only.',
  },
  key_not_found: {
    status: 404,
    title: 'The key does not exist',
    retryable: false,
    mend: 'Nothing is stored under this key, or it has expired.',
  },
  route_not_found: {
    status: 404,
    title: 'There is no such route',
    retryable: false,
    mend: 'See /openapi.json for the routes; a slash inside a key is written %2F.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The route does not have this method',
    retryable: false,
    mend: 'Use one of the methods in the Allow header.',
  },
  request_timeout: {
    status: 408,
    title: 'The request did not arrive in time',
    retryable: true,
    mend: 'Send the request again over a connection that delivers it within the time limit.',
  },
  precondition_failed: {
    status: 412,
    title: 'A precondition does not hold',
    retryable: false,
    mend: 'Read the current ETag, decide again, and send the request with that ETag.',
  },
  value_too_large: {
    status: 413,
    title: 'The value is larger than the limit',
    retryable: false,
    mend: 'Split the value, or raise --max-value-bytes up to what the store can hold.',
  },
  url_too_long: {
    status: 414,
    title: 'The URL is longer than the limit',
    retryable: false,
    mend: 'Send a shorter URL; a key has at most 1024 bytes.',
  },
  unsupported_content: {
    status: 415,
    title: 'The content is not in a supported form',
    retryable: false,
    mend: 'Send the value without Content-Encoding and with a well-formed Content-Type of at most 255 characters.',
  },
  expectation_failed: {
    status: 417,
    title: 'The expectation cannot be met',
    retryable: false,
    mend: 'Send no Expect header but `100-continue`.',
  },
  headers_too_large: {
    status: 431,
    title: 'The request headers are larger than the limit',
    retryable: false,
    mend: 'Send fewer or shorter headers.',
  },
  record_corrupt: {
    status: 500,
    title: 'The stored record fails its checksum',
    retryable: false,
    mend: 'The value is damaged in the store. Overwrite or delete the key, and check the store.',
  },
  internal_error: {
    status: 500,
    title: 'The server failed',
    retryable: false,
    mend: 'Report it with the requestId; the log holds the cause under the same id.',
  },
  store_unavailable: {
    status: 503,
    title: 'The store did not answer',
    retryable: true,
    mend: 'Try again after the time in Retry-After. The outcome of a write is unknown: read before deciding.',
  },
  shutting_down: {
    status: 503,
    title: 'The server is shutting down',
    retryable: true,
    mend: 'Try again after the time in Retry-After, on another connection.',
  },
  store_full: {
    status: 507,
    title: 'The store has no room for the write',
    retryable: true,
    mend: 'Free or add space. Reads and deletes go on.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** A failure that the caller can act on. Its `message` becomes the `detail` of the problem document. */
export class CommanderError extends Error {
  override readonly name = 'CommanderError';
  readonly code: ErrorCode;
  /** Headers that belong to the answer, such as Allow or the current ETag of a 412. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.headers = options.headers ?? {};
  }
}
