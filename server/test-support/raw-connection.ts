import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RawConnection extends AsyncDisposable {
  readonly socket: Socket;
  write(bytes: string | Buffer): void;
  /** Resolves with what came until the other side closed; rejects when it does not close in time. */
  untilClosed(timeoutMs?: number): Promise<string>;
  /** Resolves when `marker` stands in what came so far. */
  until(marker: string, timeoutMs?: number): Promise<string>;
}

const defaultTimeoutMs = 10_000;

/** A TCP connection that says exactly what it is told. Resets are ends like others. */
export async function openRawConnection(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let closed = false;
  const wakers = new Set<() => void>();
  const wake = (): void => {
    for (const waker of wakers) waker();
  };
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
    wake();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });

  const waitFor = (what: string, done: () => boolean, timeoutMs: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        wakers.delete(check);
        reject(new Error(`${what} did not come within ${timeoutMs} ms; so far: ${JSON.stringify(text.slice(0, 500))}`));
      }, timeoutMs);
      const check = (): void => {
        if (!done()) return;
        clearTimeout(timer);
        wakers.delete(check);
        resolve(text);
      };
      wakers.add(check);
      check();
    });

  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    untilClosed: (timeoutMs = defaultTimeoutMs) => waitFor('The end', () => closed, timeoutMs),
    until: (marker, timeoutMs = defaultTimeoutMs) =>
      waitFor(JSON.stringify(marker), () => text.includes(marker) || closed, timeoutMs),
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
    },
  };
}

/** Sends `bytes` and reads until the server closes. */
export async function exchangeRaw(port: number, bytes: string | Buffer): Promise<string> {
  await using connection = await openRawConnection(port);
  connection.write(bytes);
  return await connection.untilClosed();
}

/** The answers in what a connection received. Throws when the bytes are anything but whole answers. */
export function parseAnswers(text: string): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  while (rest !== '') {
    const headEnd = rest.indexOf('\r\n\r\n');
    const [startLine = '', ...lines] = rest.slice(0, headEnd).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(startLine)?.[1]);
    if (headEnd === -1 || Number.isNaN(status)) throw new Error(`No answer: ${JSON.stringify(rest.slice(0, 200))}`);
    const headers = new Map(lines.map((line) => splitHeader(line)));
    const bodyAt = headEnd + 4;
    const length = bodyLength(rest.slice(bodyAt), status, headers);
    if (rest.length < bodyAt + length) throw new Error(`A cut answer: ${JSON.stringify(rest.slice(0, 200))}`);
    answers.push({ status, headers, body: rest.slice(bodyAt, bodyAt + length) });
    rest = rest.slice(bodyAt + length);
  }
  return answers;
}

function splitHeader(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new Error(`No header: ${JSON.stringify(line)}`);
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function bodyLength(rest: string, status: number, headers: ReadonlyMap<string, string>): number {
  if (status < 200 || status === 204 || status === 304) return 0;
  if (headers.get('transfer-encoding') === 'chunked') return rest.indexOf('\r\n0\r\n\r\n') + 7;
  return Number(headers.get('content-length') ?? Number.NaN);
}
