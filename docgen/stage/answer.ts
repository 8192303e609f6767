/** What a command printed, made fit for a page. */

import { indentJson, maxLineLength } from './indent-json.ts';

export interface HttpAnswer {
  readonly kind: 'http';
  readonly status: number;
  /** Status line and headers, without those that the connection or the wall clock decides. */
  readonly head: readonly string[];
  readonly mediaType: string;
  readonly body: string;
}

interface PlainOutput {
  readonly kind: 'json' | 'text';
  readonly body: string;
}

export type Output = HttpAnswer | PlainOutput;

/** They differ from run to run and say nothing about the API. */
const leftOut = /^(date|connection|keep-alive):/i;

/** Reads what `curl -i` or any other command printed. */
export function readOutput(printed: string): Output {
  if (printed.startsWith('HTTP/1.1 ')) return readHttp(printed);
  return isJson(printed) ? { kind: 'json', body: spread(printed) } : { kind: 'text', body: printed.trimEnd() };
}

function readHttp(printed: string): HttpAnswer {
  const end = printed.indexOf('\r\n\r\n');
  const lines = printed.slice(0, end < 0 ? undefined : end).split('\r\n');
  const body = end < 0 ? '' : printed.slice(end + 4);
  const status = Number(lines[0]?.split(' ')[1]);
  // 100 Continue: the answer itself follows.
  if (status < 200 && body.startsWith('HTTP/1.1 ')) return readHttp(body);
  const mediaType = lines.find((line) => /^content-type:/i.test(line))?.replace(/^[^:]*: */, '') ?? '';
  return {
    kind: 'http',
    status,
    head: lines.filter((line) => !leftOut.test(line)),
    mediaType,
    body: isJson(body) ? spread(body) : body.replace(/\n$/, ''),
  };
}

/** JSON that nobody would read on one line is laid out; the rest stays as it came. */
function spread(json: string): string {
  return json.length > maxLineLength ? indentJson(json) : json.trimEnd();
}

export function renderOutput(output: Output): string {
  if (output.kind !== 'http') return fence(output.kind, output.body);
  const body = output.body === '' ? [] : ['', output.body];
  return fence('http', [...output.head, ...body].join('\n'));
}

/** A code block that its own text cannot end. */
export function fence(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const marks = '`'.repeat(longest + 1);
  return `${marks}${language}\n${text}\n${marks}`;
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
