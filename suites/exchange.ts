/** Makes one request and its answer printable: for a person to read, and to send again by hand. */

import { isUtf8 } from 'node:buffer';
import type { Exchange } from '../reports/schema.ts';
import type { RequestSpec } from './client.ts';

/** An answer as it came, headers in their order and spelling. */
export interface AnswerParts {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

const maxShownBytes = 2_048;

/** `sent` is a request, or the bytes that were written to a socket. */
export function renderExchange(
  base: URL,
  sent: RequestSpec | Buffer | string,
  answer: AnswerParts | undefined,
): Exchange {
  const raw = typeof sent === 'string' || Buffer.isBuffer(sent);
  return {
    curl: raw ? renderNetcat(base, Buffer.from(sent)) : renderCurl(sent),
    request: raw ? showBytes(Buffer.from(sent)) : renderRequest(sent),
    response: answer === undefined ? null : renderAnswer(answer),
  };
}

function renderRequest(spec: RequestSpec): string {
  const lines = [`${spec.method} ${spec.path} HTTP/1.1`];
  for (const [name, value] of headerLines(spec)) lines.push(`${name}: ${value}`);
  const body = spec.body === undefined ? '' : showBytes(Buffer.from(spec.body));
  return `${lines.join('\n')}\n\n${body}`.trimEnd();
}

function renderAnswer(answer: AnswerParts): string {
  const lines = [`HTTP/1.1 ${answer.status}`, ...answer.headers.map(([name, value]) => `${name}: ${value}`)];
  return `${lines.join('\n')}\n\n${showBytes(answer.body)}`.trimEnd();
}

function renderCurl(spec: RequestSpec): string {
  const parts = ['curl', '-i', '--globoff', '--path-as-is'];
  if (spec.method === 'HEAD') parts.push('--head');
  else if (spec.method !== 'GET' || spec.body !== undefined) parts.push('-X', quote(Buffer.from(spec.method)));
  for (const [name, value] of headerLines(spec)) parts.push('-H', quote(Buffer.from(`${name}: ${value}`, 'latin1')));
  if (spec.body !== undefined) {
    const body = Buffer.from(spec.body);
    const typed = headerLines(spec).some(([name]) => name.toLowerCase() === 'content-type');
    if (!typed) parts.push('-H', "'Content-Type:'");
    const shown = body.length > maxShownBytes ? `@BODY_OF_${body.length}_BYTES` : quote(body);
    parts.push('--data-binary', shown);
  }
  parts.push(quote(Buffer.from(`{url}${spec.path}`, 'latin1')));
  return parts.join(' ');
}

function renderNetcat(base: URL, bytes: Buffer): string {
  const shown = bytes.length > maxShownBytes ? `cat REQUEST_OF_${bytes.length}_BYTES` : `printf %s ${quote(bytes)}`;
  return `${shown} | nc ${base.hostname} ${base.port}`;
}

function headerLines(spec: RequestSpec): (readonly [string, string])[] {
  return Object.entries(spec.headers ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : value.map((line) => [name, line] as const),
  );
}

/** One shell word: in single quotes, or as $'...' when it holds anything but printable ASCII. */
function quote(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  if (/^[\x20-\x7e]*$/.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  return `$'${escapeBytes(bytes).replaceAll("'", "\\'")}'`;
}

/** Text as it is, anything else with escapes; above 2 KB the beginning and how much was left out. */
export function showBytes(bytes: Buffer): string {
  const shown = bytes.subarray(0, maxShownBytes);
  const cut =
    bytes.length > shown.length ? `\n... ${bytes.length - shown.length} of ${bytes.length} bytes left out` : '';
  const text = shown.toString('utf8');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const isText = isUtf8(shown) && !/[\x00-\x08\x0b-\x1f\x7f]/.test(text);
  return `${isText ? text : escapeBytes(shown)}${cut}`;
}

/** Printable ASCII as it is, every other byte as \xNN. */
export function escapeBytes(bytes: Buffer): string {
  let text = '';
  for (const byte of bytes) {
    if (byte === 0x5c) text += '\\\\';
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}
