/** Expectations of cases. Each throws CaseFailed with the exchange that contradicts it. */

import { type Answer, answerOf } from './answer.ts';
import { escapeBytes } from './exchange.ts';
import { CaseFailed } from './verdict.ts';

/** Demands the status and returns the answer. Above 399 also a problem document, with that `code` when it is given. */
export function expectStatus(answer: Answer, status: number, code?: string): Answer {
  const expected = code === undefined ? `${status}` : `${status} ${code}`;
  if (answer.status !== status) throw new CaseFailed(expected, describe(answer), { exchange: answer.exchange });
  if (code !== undefined && problemOf(answer)?.code !== code) {
    throw new CaseFailed(expected, describe(answer), { exchange: answer.exchange });
  }
  return answer;
}

/** Demands equality as JSON tells it: numbers, strings, null, plain arrays and objects. */
export function expectEqual(what: string, actual: unknown, expected: unknown, answer?: Answer): void {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  throw new CaseFailed(`${what} ${show(expected)}`, show(actual), { exchange: answer?.exchange ?? null });
}

export function expectTrue(holds: boolean, expected: string, actual: string, answer?: Answer): void {
  if (!holds) throw new CaseFailed(expected, actual, { exchange: answer?.exchange ?? null });
}

/** Demands a header's exact value, its form, or with undefined its absence. Returns the value, '' when absent. */
export function expectHeader(answer: Answer, name: string, expected: string | RegExp | undefined): string {
  const actual = answer.header(name);
  const holds = expected instanceof RegExp ? actual !== undefined && expected.test(actual) : actual === expected;
  if (holds) return actual ?? '';
  const wanted = expected === undefined ? `no header ${name}` : `header ${name} ${showHeader(expected)}`;
  const got = actual === undefined ? `no header ${name}` : `${name}: ${actual}`;
  throw new CaseFailed(wanted, got, { exchange: answer.exchange });
}

/** Demands these bytes as the body, and names the first byte that differs. */
export function expectBody(answer: Answer, expected: Buffer | string): void {
  const wanted = Buffer.from(expected);
  if (answer.body.equals(wanted)) return;
  const at = firstDifference(answer.body, wanted);
  const around = (bytes: Buffer): string => `"${escapeBytes(bytes.subarray(Math.max(0, at - 8), at + 24))}"`;
  throw new CaseFailed(
    `a body of ${wanted.length} bytes, around byte ${at} ${around(wanted)}`,
    `${answer.body.length} bytes, ${around(answer.body)}`,
    { exchange: answer.exchange },
  );
}

const etagForm = /^"[^"]+"$/;

/** Demands a strong entity-tag and returns it with its quotes. */
export function etagOf(answer: Answer): string {
  return expectHeader(answer, 'etag', etagForm);
}

export function expectDistinct(what: string, values: readonly string[], answer?: Answer): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  expectTrue(twice === undefined, `${what} that differ each time`, `${twice} twice`, answer);
}

/** `404 key_not_found`, or the status alone where no problem document came. */
function describe(answer: Answer): string {
  const code = problemOf(answer)?.code;
  return typeof code === 'string' ? `${answer.status} ${code}` : `${answer.status}`;
}

function problemOf(answer: Answer): Readonly<Record<string, unknown>> | undefined {
  if (!answer.header('content-type')?.startsWith('application/problem+json')) return undefined;
  try {
    return recordOf(JSON.parse(answer.body.toString('utf8')));
  } catch {
    return undefined;
  }
}

/**
 * Demands a complete RFC 9457 problem document of this status and code, with the request id that the header has too.
 * The answer to a HEAD carries the headers alone.
 */
export function expectProblem(answer: Answer, status: number, code: string): Readonly<Record<string, unknown>> {
  expectStatus(answer, status, code);
  const problem = problemOf(answer) ?? {};
  expectEqual('the problem document’s status', problem.status, status, answer);
  expectEqual('the problem document’s type', problem.type, `urn:commander:error:${code}`, answer);
  for (const name of ['title', 'detail', 'requestId']) {
    const value = problem[name];
    expectTrue(typeof value === 'string' && value !== '', `a text in the member ${name}`, show(value), answer);
  }
  expectEqual('the type of the member retryable', typeof problem.retryable, 'boolean', answer);
  expectEqual('the member requestId', problem.requestId, answer.header('x-request-id'), answer);
  return problem;
}

/** An object's members; throws CaseFailed for anything else. */
export function recordOf(value: unknown, what = 'the body', answer?: Answer): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new CaseFailed(`${what} to be an object`, show(value), { exchange: answer?.exchange ?? null });
}

const headEnd = '\r\n\r\n';

/** Reads what came over a raw socket as one answer; throws CaseFailed when it is none. */
export function parseRawAnswer(baseUrl: string, sent: Buffer | string, received: Buffer): Answer {
  const text = received.toString('latin1');
  const end = text.indexOf(headEnd);
  const [statusLine = '', ...lines] = text.slice(0, Math.max(end, 0)).split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3})( |$)/.exec(statusLine)?.[1];
  if (status === undefined) {
    const exchange = answerOf(new URL(baseUrl), sent, { status: 0, headers: [], body: received }, 0n).exchange;
    throw new CaseFailed('an HTTP/1.1 answer', text === '' ? 'nothing' : show(text.slice(0, 80)), { exchange });
  }
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const rest = received.subarray(end + headEnd.length);
  const chunked = headers.some(([name, value]) => name.toLowerCase() === 'transfer-encoding' && value === 'chunked');
  const body = chunked ? joinChunks(rest) : rest;
  return answerOf(new URL(baseUrl), sent, { status: Number(status), headers, body }, 0n);
}

/** The content of a body in chunks, as far as it came. */
function joinChunks(framed: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < framed.length; ) {
    const lineEnd = framed.indexOf('\r\n', at);
    const length = Number.parseInt(framed.toString('latin1', at, lineEnd), 16);
    if (lineEnd < 0 || !(length > 0)) break;
    chunks.push(framed.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
  return Buffer.concat(chunks);
}

function firstDifference(a: Buffer, b: Buffer): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) if (a[i] !== b[i]) return i;
  return length;
}

function showHeader(expected: string | RegExp): string {
  return expected instanceof RegExp ? `of the form ${expected.source}` : `"${expected}"`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}
