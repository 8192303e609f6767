import type { Finding } from '../../reports/schema.ts';
import { cutText } from './printable.ts';

interface LogLine {
  /** Counted from 1. */
  readonly number: number;
  /** Inside the finding's range. */
  readonly marked: boolean;
  /** `04:06:12.113` where the line is JSON with a time. */
  readonly time: string;
  readonly level: string;
  /** The message and the other fields, or the line as it is. */
  readonly text: string;
}

export interface LogExcerpt {
  readonly file: string;
  readonly lines: readonly LogLine[];
  /** Lines of the range that were left out after the last of `lines`. */
  readonly leftOut: number;
}

const contextLines = 20;
const maxRangeLines = 40;
const maxLineLength = 400;

/** pino's numbers. */
const levels: Readonly<Record<string, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** The server's log around a finding, 20 lines before and after; undefined where the log is not at hand. */
export function excerptLog(range: Finding['logRange'], logs: ReadonlyMap<string, string>): LogExcerpt | undefined {
  const log = range === null ? undefined : logs.get(range.file);
  if (range === null || log === undefined) return undefined;
  const all = log.replace(/\n$/, '').split('\n');
  const from = Math.max(1, range.from);
  const to = Math.min(Math.max(from, range.to), from + maxRangeLines - 1);
  const first = Math.max(1, from - contextLines);
  const lines = all
    .slice(first - 1, to + contextLines)
    .map((line, index) => parseLine(line, first + index, first + index >= from && first + index <= to));
  return { file: range.file, lines, leftOut: Math.max(0, range.to - to - contextLines) };
}

function parseLine(line: string, number: number, marked: boolean): LogLine {
  const plain = { number, marked, time: '', level: '', text: cutText(line, maxLineLength) };
  if (!line.startsWith('{')) return plain;
  try {
    const { time, level, msg, pid: _pid, hostname: _hostname, ...rest } = JSON.parse(line);
    const fields = Object.entries(rest).map(([name, value]) => `${name}=${renderField(value)}`);
    const text = [typeof msg === 'string' ? msg : '', ...fields].filter((part) => part !== '').join('  ');
    const label = levels[String(level)] ?? (typeof level === 'string' ? level : '');
    return { ...plain, time: renderClock(time), level: label, text: cutText(text, maxLineLength) };
  } catch {
    return plain;
  }
}

function renderField(value: unknown): string {
  return typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : (JSON.stringify(value) ?? '');
}

function renderClock(time: unknown): string {
  if (typeof time !== 'number' && typeof time !== 'string') return '';
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString().slice(11, 23);
}
