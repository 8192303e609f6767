/** Requests that no HTTP library would send, written to a socket byte for byte. */

import type { Answer } from './answer.ts';
import { parseRawAnswer } from './check.ts';
import { NoAnswer, verdictOf } from './no-answer.ts';
import type { Stage } from './suite.ts';

export interface RawRequest {
  /** Header lines beside `Host` and `Connection: close`, such as `X-A: b`. */
  readonly headers?: readonly string[];
  readonly body?: Buffer | string;
  /** Instead of the server's own; undefined leaves the line out. */
  readonly host?: string | undefined;
}

/** Sends one request line with its headers and demands one answer; the server closes the connection after it. */
export async function sendRaw(stage: Stage, requestLine: string, request: RawRequest = {}): Promise<Answer> {
  const host = 'host' in request ? request.host : new URL(stage.client.baseUrl).host;
  const lines = [requestLine, ...(host === undefined ? [] : [`Host: ${host}`]), 'Connection: close'];
  const head = Buffer.from(`${[...lines, ...(request.headers ?? [])].join('\r\n')}\r\n\r\n`, 'latin1');
  return sendBytes(stage, Buffer.concat([head, Buffer.from(request.body ?? '')]));
}

/** Sends bytes as they are and demands one answer. */
export async function sendBytes(stage: Stage, bytes: Buffer | string): Promise<Answer> {
  try {
    return parseRawAnswer(stage.client.baseUrl, bytes, await stage.client.raw(bytes));
  } catch (error) {
    throw error instanceof NoAnswer ? verdictOf(error, 'bytes written to a socket') : error;
  }
}
