import { CommanderError } from '../errors.ts';

export const defaultMediaType = 'application/octet-stream';
const maxMediaTypeLength = 255;

/**
 * RFC 9110 section 8.3.1: type/subtype and parameters, tokens or quoted strings of visible ASCII. White space has one
 * place to match in: were it optional on both sides of an empty parameter, a refusal could take 3^80 steps.
 */
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const parameter = `${token}=(?:${token}|"(?:[ !#-\\[\\]-~]|\\\\[ -~])*")`;
const mediaTypePattern = new RegExp(`^${token}/${token}(?:[ \\t]*;(?:[ \\t]*${parameter})?)*[ \\t]*$`);

/** The media type as it came. Throws CommanderError `unsupported_content`. */
export function checkMediaType(contentType: string | undefined): string {
  if (contentType === undefined) return defaultMediaType;
  if (contentType.length > maxMediaTypeLength || !mediaTypePattern.test(contentType)) {
    throw new CommanderError(
      'unsupported_content',
      `Content-Type is a media type of at most ${maxMediaTypeLength} visible ASCII characters.`,
    );
  }
  return contentType;
}
