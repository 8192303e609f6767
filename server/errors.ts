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
    mend: 'Send the cursor back unchanged, with the same path, prefix and filter, and without `after`.',
  },
  invalid_filter: {
    status: 400,
    title: 'The filter is not acceptable',
    retryable: false,
    mend: 'Send one JSON object of paths, operators and operands as the API reference describes; the detail names the place.',
  },
  invalid_body: {
    status: 400,
    title: 'The request body is not acceptable',
    retryable: false,
    mend: 'Send what the API reference describes for this route.',
  },
  unauthorized: {
    status: 401,
    title: 'The request carries no valid credentials',
    retryable: false,
    mend: 'Send a name and password as Basic, or a token as Bearer, that the server was given.',
  },
  forbidden: {
    status: 403,
    title: 'This server does not serve that origin',
    retryable: false,
    mend: 'Without credentials the server answers loopback clients of the same site only.',
  },
  access_denied: {
    status: 403,
    title: 'The credentials do not allow this',
    retryable: false,
    mend: 'Use credentials with the role and the namespace that the request needs.',
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
  debug_busy: {
    status: 409,
    title: 'This is being taken already',
    retryable: true,
    mend: 'Wait until the profile or snapshot that is under way has ended.',
  },
  batch_aborted: {
    status: 409,
    title: 'A condition of the atomic batch does not hold',
    retryable: false,
    mend: 'Nothing was written. `index` names the operation, `etag` what its key has now: read, decide again, send anew.',
  },
  idempotency_running: {
    status: 409,
    title: 'The request with this idempotency key is still running',
    retryable: true,
    mend: 'Send the same request again after the time in Retry-After: it gets the answer of the first.',
  },
  outcome_unknown: {
    status: 409,
    title: 'What became of the request with this idempotency key is not known',
    retryable: false,
    mend: 'It ran, or began to, and its answer was not kept; it is never run twice. Read what it was to write, then decide.',
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
  batch_too_large: {
    status: 413,
    title: 'The batch is larger than the limit',
    retryable: false,
    mend: 'Split the batch: it has at most 1,000 operations and 16,000,000 bytes, sent or read; send large JSON as text.',
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
  rate_limited: {
    status: 429,
    title: 'The client sends more than it may',
    retryable: true,
    mend: 'Try again after the time in Retry-After. Wrong credentials count by address.',
  },
  idempotency_mismatch: {
    status: 422,
    title: 'The idempotency key belongs to another request',
    retryable: false,
    mend: 'Use a new key for each new request; a repetition has the body of the first, byte for byte.',
  },
  confirmation_required: {
    status: 428,
    title: 'The request has to be confirmed',
    retryable: false,
    mend: 'Send the name of what is dropped once more, as the query parameter `confirm`.',
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
  server_busy: {
    status: 503,
    title: 'The server has too much to do',
    retryable: true,
    mend: 'Try again after the time in Retry-After, on another connection.',
  },
  capability_unsupported: {
    status: 501,
    title: 'The store cannot do this',
    retryable: false,
    mend: 'See /api/v1/capabilities for what the store can do; nothing was written.',
  },
  store_unavailable: {
    status: 503,
    title: 'The store did not answer',
    retryable: true,
    mend: 'Try again after the time in Retry-After. The outcome of a write is unknown: read before deciding.',
  },
  overloaded: {
    status: 503,
    title: 'The store has too much to do',
    retryable: true,
    mend: 'Nothing was sent to the store. Try again after the time in Retry-After.',
  },
  shutting_down: {
    status: 503,
    title: 'The server is shutting down',
    retryable: true,
    mend: 'Try again after the time in Retry-After, on another connection.',
  },
  insufficient_memory: {
    status: 503,
    title: 'There is not enough memory for this',
    retryable: true,
    mend: 'Try again after the time in Retry-After, or give the server more memory. Reads and requests without a body go on.',
  },
  store_full: {
    status: 507,
    title: 'The store has no room for the write',
    retryable: true,
    mend: 'Free or add space; it is noticed without a restart. Reads and deletes go on.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

interface CommanderErrorOptions {
  readonly cause?: unknown;
  readonly headers?: CommanderError['headers'];
  readonly members?: CommanderError['members'];
}

/** A failure that the caller can act on. Its `message` becomes the `detail` of the problem document. */
export class CommanderError extends Error {
  override readonly name = 'CommanderError';
  readonly code: ErrorCode;
  /** Headers that belong to the answer, such as Allow or the current ETag of a 412. */
  readonly headers: Readonly<Record<string, string>>;
  /** Members of the problem document beside the usual ones, such as the index of a failed operation. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: CommanderErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.headers = options.headers ?? {};
    this.members = options.members ?? {};
  }
}
