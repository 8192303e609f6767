import type { IncomingMessage } from 'node:http';
import type { Exchange } from '../reports/schema.ts';
import type { RequestSpec } from './client.ts';
import { type AnswerParts, renderExchange } from './exchange.ts';
import { CaseFailed } from './verdict.ts';

/** An answer as cases see it. */
export interface Answer {
  readonly status: number;
  /** Undefined when absent; several lines of one name are joined with `, `. */
  header(name: string): string | undefined;
  /** Lower case, each once. */
  readonly headerNames: readonly string[];
  readonly body: Buffer;
  /** The body as JSON; throws CaseFailed when it is not. */
  json(): unknown;
  readonly exchange: Exchange;
  /** Monotonic nanoseconds around the exchange. */
  readonly callNs: bigint;
  readonly returnNs: bigint;
}

/** `sent` is what it answers: a request, or bytes written to a socket. */
export function answerOf(base: URL, sent: RequestSpec | Buffer | string, parts: AnswerParts, callNs: bigint): Answer {
  const values = new Map<string, string>();
  for (const [name, value] of parts.headers) {
    const known = values.get(name.toLowerCase());
    values.set(name.toLowerCase(), known === undefined ? value : `${known}, ${value}`);
  }
  let exchange: Exchange | undefined;
  const answer: Answer = {
    status: parts.status,
    header: (name) => values.get(name.toLowerCase()),
    headerNames: [...values.keys()],
    body: parts.body,
    json() {
      const parsed = parseJson(parts.body);
      if ('value' in parsed) return parsed.value;
      throw new CaseFailed('a JSON body', `no JSON (${parsed.why})`, { exchange: answer.exchange });
    },
    get exchange() {
      exchange ??= renderExchange(base, sent, parts);
      return exchange;
    },
    callNs,
    returnNs: process.hrtime.bigint(),
  };
  return answer;
}

function parseJson(body: Buffer): { readonly value: unknown } | { readonly why: string } {
  try {
    return { value: JSON.parse(body.toString('utf8')) };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** Rejects when the connection ends before the answer does. */
export async function readAnswer(incoming: IncomingMessage): Promise<AnswerParts> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  if (!incoming.complete) throw new Error('the connection ended before the answer did');
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    headers.push([incoming.rawHeaders[i] ?? '', incoming.rawHeaders[i + 1] ?? '']);
  }
  return { status: incoming.statusCode ?? 0, headers, body: Buffer.concat(chunks) };
}
