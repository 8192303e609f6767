/** The Authorization header: Basic (RFC 7617) and Bearer (RFC 6750). */

export interface OfferedSecret {
  readonly kind: 'password' | 'token';
  readonly name: string;
  readonly secret: string;
}

/** Undefined for any other scheme, and for one of these that is malformed. */
export function readAuthorization(header: string): OfferedSecret | undefined {
  const [, scheme = '', text = ''] = /^([A-Za-z]+) +([A-Za-z0-9._~+/-]+=*)$/.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return splitAt(text, '.', 'token');
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const bytes = Buffer.from(text, 'base64');
  return splitAt(bytes.toString(), ':', 'password');
}

/** A name holds neither separator; what follows the first one is the secret. */
function splitAt(text: string, separator: string, kind: OfferedSecret['kind']): OfferedSecret | undefined {
  const at = text.indexOf(separator);
  if (at < 1 || at === text.length - 1) return undefined;
  return { kind, name: text.slice(0, at), secret: text.slice(at + 1) };
}
