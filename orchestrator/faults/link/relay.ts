/** One connection through a link: the socket that came in, and the one that was opened for it. */

import { connect, type Socket } from 'node:net';
import type { Address } from '../../providers/provider.ts';
import { createFlow } from './flow.ts';
import type { Direction, Gate, LinkCounts } from './gate.ts';

export interface Relay {
  /** Goes on after a mode has ended. */
  open(): void;
  /** RST on both sides. */
  reset(): void;
  /** Ends the far side; the near one hears nothing. */
  loseFarSide(): void;
}

export interface RelayOptions {
  readonly target: () => Address;
  readonly gate: () => Gate;
  readonly counts: () => LinkCounts;
  readonly closed: () => void;
}

export function createRelay(near: Socket, { target, gate, counts, closed }: RelayOptions): Relay {
  let far: Socket | undefined;
  let lost = false;
  let wasReset = false;

  const flowOf = (source: Socket, direction: Direction) =>
    createFlow(source, {
      held: () => lost || gate().held,
      due: (bytes) => gate().due(direction, bytes),
      passed(bytes) {
        counts()[direction === 'out' ? 'bytesOut' : 'bytesBack'] += bytes;
      },
      admit() {
        if (direction === 'out' || !gate().drops()) return true;
        counts().answersDropped += 1;
        reset();
        return false;
      },
    });
  const out = flowOf(near, 'out');
  let back: ReturnType<typeof createFlow> | undefined;
  near.on('error', () => undefined);
  /** Forgets the connection once both sides are gone. */
  const end = (): void => {
    if (near.destroyed && (far === undefined || far.destroyed)) closed();
  };
  near.once('close', end);
  const dial = (): void => {
    const socket = connect({ ...target(), noDelay: true, allowHalfOpen: true });
    far = socket;
    back = flowOf(socket, 'back');
    back.connect(near);
    socket.on('error', () => undefined);
    socket.once('connect', () => out.connect(socket));
    socket.once('close', end);
  };
  const reset = (): void => {
    if (wasReset) return;
    wasReset = true;
    counts().connectionsReset += 1;
    near.resetAndDestroy();
    far?.resetAndDestroy();
  };
  const open = (): void => {
    if (lost) near.resetAndDestroy();
    if (lost || gate().held) return;
    if (far === undefined) dial();
    out.open();
    back?.open();
  };
  open();
  return {
    open,
    reset,
    loseFarSide() {
      if (far === undefined || lost) return;
      lost = true;
      counts().halfOpened += 1;
      far.destroy();
    },
  };
}
