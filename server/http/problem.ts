import { CommanderError, type ErrorCode, errorCatalogue } from '../errors.ts';

/** Imported as an ES module, node:http brings fetch and WebSocket with it, which is 7 MB of memory. */
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/** RFC 9457 problem document, with the members that Commander adds. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly requestId: string;
  /** What the code adds: see ProblemSchema. */
  readonly [member: string]: unknown;
}

export const problemMediaType = 'application/problem+json';

/** An outage is tried again soon, a full store needs somebody to make room. */
const retryAfterSeconds: Readonly<Record<number, number>> = { 503: 1, 507: 10 };

/** Seconds for Retry-After; undefined where the error is none that passes by itself. */
export function retryAfterOf(code: ErrorCode): number | undefined {
  return retryAfterSeconds[errorCatalogue[code].status];
}

export function createProblem(error: CommanderError, requestId: string): Problem {
  const { status, title, retryable } = errorCatalogue[error.code];
  const type = `urn:commander:error:${error.code}`;
  return { type, title, status, detail: error.message, code: error.code, retryable, requestId, ...error.members };
}

/** Headers of every problem answer beside its media type. */
export function problemHeaders(error: CommanderError): Readonly<Record<string, string>> {
  const retryAfter = retryAfterOf(error.code);
  return retryAfter === undefined ? error.headers : { 'retry-after': String(retryAfter), ...error.headers };
}

/** A whole HTTP/1.1 answer, for connections whose request never became one. */
export function renderRawProblem(error: CommanderError, requestId: string): string {
  const problem = createProblem(error, requestId);
  const body = JSON.stringify(problem);
  const headers = {
    'content-type': problemMediaType,
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
    connection: 'close',
    ...problemHeaders(error),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`;
}

const abortedRequest = 'aborted';

/** Refusals of the framework and the platform: the code and our words for it. */
const frameworkErrors: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_BAD_URL: ['malformed_url', 'The path is not percent-encoded UTF-8.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_content', 'Content-Type is not a media type.'],
  FST_ERR_CTP_EMPTY_TYPE: ['unsupported_content', 'Content-Type is empty.'],
  [abortedRequest]: ['malformed_request', 'The connection was closed before the request was whole.'],
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: ['unsupported_content', 'A QUERY request names its Content-Type.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed_request', 'The body does not have the length of Content-Length.'],
};

/** What the framework or the platform threw, in the words of the catalogue; anything unknown is a bug. */
export function toCommanderError(error: unknown, maxValueBytes: number): CommanderError {
  if (error instanceof CommanderError) return error;
  const frameworkCode = frameworkCodeOf(error);
  if (frameworkCode === 'FST_ERR_CTP_BODY_TOO_LARGE') return valueTooLarge(maxValueBytes);
  const [code, message] = frameworkErrors[frameworkCode] ?? [
    'internal_error',
    'The server failed to answer this request.',
  ];
  return new CommanderError(code, message, { cause: error });
}

function frameworkCodeOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  if (error.code !== 'ECONNRESET') return String(error.code);
  // Of a request by this message alone (node:http, abortIncoming); of a store's connection it is no fault of the client.
  return error.message === 'aborted' ? abortedRequest : '';
}

export function valueTooLarge(maxValueBytes: number): CommanderError {
  return new CommanderError('value_too_large', `A value has at most ${maxValueBytes} bytes.`);
}
