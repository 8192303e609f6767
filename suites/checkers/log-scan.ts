/** What a server's log must not hold: the trace of a bug, a promise nobody waited for, a secret, a line that is none. */

export interface LogFinding {
  /** From 1. */
  readonly line: number;
  readonly what: LogMark;
  /** The line without the secret, cut. */
  readonly text: string;
}

export type LogMark =
  | 'an unhandled rejection'
  | 'an uncaught exception'
  | 'a failed assertion'
  | 'an exhausted heap'
  | 'the trace of a bug'
  | 'a line that the server did not log'
  | 'a secret';

/** The first that fits names the line. */
const marks: readonly { readonly what: LogMark; readonly fits: (line: string) => boolean }[] = [
  { what: 'an unhandled rejection', fits: (line) => /unhandled ?(?:promise)?rejection/i.test(line) },
  { what: 'an uncaught exception', fits: (line) => /uncaught ?exception/i.test(line) },
  { what: 'a failed assertion', fits: (line) => /AssertionError|ERR_ASSERTION|assertion .*failed/i.test(line) },
  { what: 'an exhausted heap', fits: (line) => /JavaScript heap out of memory/.test(line) },
  { what: 'the trace of a bug', fits: isTraceOfBug },
  { what: 'a line that the server did not log', fits: (line) => !line.startsWith('{') },
];

/** As V8 writes a frame in a line of its own. */
const frame = /^\s+at (?:async )?\S.*(?:node:|file:|\/)[^\s)]*:\d+:\d+\)?$/;
/** What the language throws where a program is wrong; the server expects none of them. */
const bugs: ReadonlySet<unknown> = new Set(['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError']);

/** A failure that the server has words for is logged with its trace too, and is no bug. */
function isTraceOfBug(line: string): boolean {
  if (frame.test(line)) return true;
  if (!line.startsWith('{') || !line.includes('"stack":')) return false;
  try {
    const { code, err } = JSON.parse(line) as { readonly code?: unknown; readonly err?: { readonly type?: unknown } };
    return code === 'internal_error' || bugs.has(err?.type);
  } catch {
    return true;
  }
}

const maxText = 400;

/** `secrets`: texts that no line may hold, passwords and tokens among them. */
export function scanLog(lines: Iterable<string>, secrets: readonly string[]): readonly LogFinding[] {
  const findings: LogFinding[] = [];
  let number = 0;
  for (const line of lines) {
    number += 1;
    const text = hideSecrets(line, secrets).slice(0, maxText);
    const mark = line === '' ? undefined : marks.find(({ fits }) => fits(line));
    if (mark !== undefined) findings.push({ line: number, what: mark.what, text });
    if (secrets.some((secret) => line.includes(secret))) findings.push({ line: number, what: 'a secret', text });
  }
  return findings;
}

export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '(secret)'), text);
}
