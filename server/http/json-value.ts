/** A value that is JSON: by its media type, and because it parses. */

import { isUtf8 } from 'node:buffer';

/** What a value holds as JSON. */
export interface JsonValue {
  /** The stored text. */
  readonly text: string;
  readonly parsed: unknown;
}

/** Undefined when the media type is another one, or the value is no valid JSON. */
export function readJson(value: Buffer, contentType: string): JsonValue | undefined {
  if (!isJsonMediaType(contentType) || !isUtf8(value)) return undefined;
  const text = value.toString();
  try {
    return { text, parsed: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

export function isJsonMediaType(contentType: string): boolean {
  return /^application\/json[ \t]*(;|$)/i.test(contentType);
}
