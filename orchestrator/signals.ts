/** Ctrl-C and TERM: the first ends the run in order, the second at once. */

export interface Signals extends Disposable {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  readonly received: 'SIGINT' | 'SIGTERM' | undefined;
}

const codes = { SIGINT: 130, SIGTERM: 143 } as const;

export function listenToSignals(tell: (line: string) => void): Signals {
  const abort = new AbortController();
  let received: 'SIGINT' | 'SIGTERM' | undefined;
  const listen = (name: 'SIGINT' | 'SIGTERM') => (): void => {
    // The janitor sees this end and undoes what the ledger names.
    if (received !== undefined) process.exit(codes[name]);
    received = name;
    tell(
      `${name === 'SIGINT' ? 'interrupted' : 'told to end'}: cleaning up and writing the report; once more ends at once`,
    );
    abort.abort(new Error(name));
  };
  const listeners = { SIGINT: listen('SIGINT'), SIGTERM: listen('SIGTERM') };
  process.on('SIGINT', listeners.SIGINT);
  process.on('SIGTERM', listeners.SIGTERM);
  return {
    signal: abort.signal,
    get received() {
      return received;
    },
    [Symbol.dispose]() {
      process.off('SIGINT', listeners.SIGINT);
      process.off('SIGTERM', listeners.SIGTERM);
    },
  };
}
