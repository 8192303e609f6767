/** One direction of one connection: bytes in order, passed on when they are due. */

import type { Socket } from 'node:net';

export interface FlowOptions {
  /** While true nothing passes. */
  readonly held: () => boolean;
  /** When something of that length that comes now may pass, by performance.now(). */
  readonly due: (bytes: number) => number;
  /** Told what is about to enter; false when the flow must not take it. */
  readonly admit: (bytes: number) => boolean;
  readonly passed: (bytes: number) => void;
}

export interface Flow {
  /** Where to. Until it is known everything waits. */
  connect(sink: Socket): void;
  /** Goes on after it was held. */
  open(): void;
  /** Bytes that have entered and not passed. */
  readonly waiting: number;
}

/** Beyond it the source is paused: nothing is ever discarded. */
const maxWaitingBytes = 256_000;

type Item = { readonly due: number } & (
  | { readonly kind: 'bytes'; readonly chunk: Buffer }
  | { readonly kind: 'end' | 'reset' }
);

export function createFlow(source: Socket, { held, due, admit, passed }: FlowOptions): Flow {
  let sink: Socket | undefined;
  const queue: Item[] = [];
  let waiting = 0;
  let lastDue = 0;
  let timer: NodeJS.Timeout | undefined;

  /** In order, whatever the jitter. */
  const dueNext = (bytes: number): number => {
    lastDue = Math.max(lastDue, due(bytes));
    return lastDue;
  };
  const pass = (item: Item, to: Socket): void => {
    if (item.kind === 'end') to.end();
    if (item.kind === 'reset') to.resetAndDestroy();
    if (item.kind !== 'bytes') return;
    waiting -= item.chunk.length;
    passed(item.chunk.length);
    to.write(item.chunk);
  };
  const pump = (): void => {
    clearTimeout(timer);
    while (sink !== undefined && !sink.destroyed && !sink.writableNeedDrain && !held()) {
      const [first] = queue;
      if (first === undefined) break;
      const leftMs = first.due - performance.now();
      if (leftMs > 0) {
        timer = setTimeout(pump, leftMs);
        break;
      }
      queue.shift();
      pass(first, sink);
    }
    if (waiting <= maxWaitingBytes && source.isPaused()) source.resume();
  };

  source.on('data', (chunk: Buffer) => {
    if (!admit(chunk.length)) return;
    waiting += chunk.length;
    queue.push({ kind: 'bytes', chunk, due: dueNext(chunk.length) });
    if (waiting > maxWaitingBytes) source.pause();
    pump();
  });
  source.once('end', () => {
    queue.push({ kind: 'end', due: dueNext(0) });
    pump();
  });
  source.once('close', (broken) => {
    if (broken) queue.push({ kind: 'reset', due: dueNext(0) });
    pump();
  });
  return {
    connect(to) {
      sink = to;
      to.on('drain', pump);
      to.once('close', () => clearTimeout(timer));
      pump();
    },
    open: pump,
    get waiting() {
      return waiting;
    },
  };
}
