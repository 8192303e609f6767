/**
 * What a server wrote into its data file, when it flushed it, and what it answered, read from a recording of its system
 * calls by strace(1): `strace -f -xx`, one line a call, or two when another thread's call came between.
 */

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Lines of the recording between which a call was under way. */
interface Span {
  readonly start: number;
  readonly end: number;
}

export interface FileWrite extends Span {
  readonly at: number;
  readonly bytes: Buffer;
  /** The line from which on it was on the disk for certain; infinite: it never was. */
  durableFrom: number;
}

/** The answer to a write on its way to the client. */
export interface Answered {
  readonly at: number;
  readonly etag: string;
}

export interface WriteTrace {
  readonly writes: readonly FileWrite[];
  readonly answers: readonly Answered[];
  /** Number of lines. */
  readonly length: number;
}

export const tracedCalls = 'openat,pwrite64,pwritev,writev,write,ftruncate,fdatasync,fsync,msync,close,lseek';

interface Call extends Span {
  readonly name: string;
  readonly args: string;
  readonly result: number;
}

/** Joins the two lines of a call that was interrupted by others. */
async function* readCalls(file: string): AsyncGenerator<Call> {
  const open = new Map<string, { readonly start: number; readonly text: string }>();
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    const space = text.indexOf(' ');
    const pid = text.slice(0, space);
    let rest = text.slice(space).trimStart();
    let start = line;
    const resumed = /^<\.\.\. \w+ resumed>/.exec(rest);
    if (rest.endsWith('<unfinished ...>')) {
      open.set(pid, { start, text: rest.slice(0, -'<unfinished ...>'.length).trimEnd() });
      continue;
    }
    if (resumed !== null) {
      const begun = open.get(pid);
      if (begun === undefined) continue;
      open.delete(pid);
      start = begun.start;
      rest = begun.text + rest.slice(resumed[0].length);
    }
    const call = parseCall(rest, { start, end: line });
    if (call !== undefined) yield call;
  }
}

function parseCall(text: string, span: Span): Call | undefined {
  const open = text.indexOf('(');
  const equals = text.lastIndexOf(' = ');
  if (open <= 0 || equals < open) return undefined;
  const args = text.slice(open + 1, text.lastIndexOf(')', equals));
  return { name: text.slice(0, open), args, result: Number.parseInt(text.slice(equals + 3), 10), ...span };
}

const quoted = /"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g;

/** All strings of the arguments as one. */
function bytesOf(args: string): Buffer {
  const parts: Buffer[] = [];
  for (const [, hex = '', cut] of args.matchAll(quoted)) {
    if (cut !== undefined) throw new Error('the recording does not hold all that was written');
    parts.push(Buffer.from(hex.replaceAll('\\x', ''), 'hex'));
  }
  return Buffer.concat(parts);
}

interface OpenFile {
  readonly flushing: boolean;
  position: number;
}

/** `fileName`: the base name of the file that is followed. */
export async function readWriteTrace(file: string, fileName: string): Promise<WriteTrace> {
  const files = new Map<number, OpenFile>();
  const writes: FileWrite[] = [];
  const answers: Answered[] = [];
  let undurable: FileWrite[] = [];
  let length = 0;

  const write = (call: Call, opened: OpenFile, at: number): void => {
    const bytes = bytesOf(call.args).subarray(0, call.result);
    const durableFrom = opened.flushing ? call.end : Number.POSITIVE_INFINITY;
    const { start, end } = call;
    const one: FileWrite = { start, end, at, bytes, durableFrom };
    writes.push(one);
    if (!opened.flushing) undurable.push(one);
  };
  const flush = ({ start, end }: Call): void => {
    const later: FileWrite[] = [];
    for (const one of undurable) {
      if (one.end < start) one.durableFrom = end;
      else later.push(one);
    }
    undurable = later;
  };
  const follow = (call: Call, opened: OpenFile): void => {
    switch (call.name) {
      case 'lseek':
        opened.position = call.result;
        break;
      case 'pwrite64':
      case 'pwritev':
        write(call, opened, Number(/, (\d+)$/.exec(call.args)?.[1]));
        break;
      case 'write':
      case 'writev':
        write(call, opened, opened.position);
        opened.position += call.result;
        break;
      case 'fdatasync':
      case 'fsync':
        flush(call);
        break;
      default:
        throw new Error(`a recording with ${call.name} of the data file cannot be replayed`);
    }
  };

  for await (const call of readCalls(file)) {
    length = call.end;
    if (!(call.result >= 0)) continue;
    const descriptor = Number.parseInt(call.args, 10);
    if (call.name === 'openat') {
      const opens = bytesOf(call.args).toString().endsWith(`/${fileName}`);
      if (opens) files.set(call.result, { flushing: /O_D?SYNC/.test(call.args), position: 0 });
      else files.delete(call.result);
      continue;
    }
    const opened = files.get(descriptor);
    if (call.name === 'close') files.delete(descriptor);
    else if (opened !== undefined) follow(call, opened);
    else if (call.name.startsWith('write') && call.args.includes(statusLine)) answers.push(...answersOf(call));
  }
  return { writes, answers, length };
}

/** `HTTP/1.1 20` as strace prints it. */
const statusLine = Buffer.from('HTTP/1.1 20').toString('hex').replaceAll(/../g, '\\x$&');

function answersOf({ start, args }: Call): Answered[] {
  const text = bytesOf(args).toString('latin1');
  return [...text.matchAll(/^etag: ("[^"\r]*")/gim)].map(([, etag = '']) => ({ at: start, etag }));
}
