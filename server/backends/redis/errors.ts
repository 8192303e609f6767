import type { ErrorCode } from '../../errors.ts';
import { CommanderError } from '../../errors.ts';

interface Translation {
  readonly code: ErrorCode;
  readonly message: string;
}

const refused: Translation = { code: 'store_unavailable', message: 'Redis refuses the configured credentials' };
const unable: Translation = { code: 'store_unavailable', message: 'Redis cannot serve the request now' };

/** Redis's errors carry no code: the first word of the message is all there is. */
const byFirstWord: Readonly<Record<string, Translation>> = {
  OOM: { code: 'store_full', message: 'Redis has reached its maxmemory' },
  MISCONF: { code: 'store_full', message: 'Redis cannot write to its disk' },
  WRONGTYPE: { code: 'record_corrupt', message: 'What is stored under the key is not a record' },
  NOAUTH: refused,
  WRONGPASS: refused,
  NOPERM: refused,
  LOADING: unable,
  BUSY: unable,
  READONLY: unable,
  MASTERDOWN: unable,
  CLUSTERDOWN: unable,
  TRYAGAIN: unable,
  MOVED: unable,
  ASK: unable,
  NOREPLICAS: unable,
};

/** Redis before 7 wraps what a script's command answered. */
const scriptWrapper = /^ERR Error running script \(call to f_[0-9a-f]{40}\): .*?-(?=[A-Z]+ )/;

/** Why nothing was sent: there is no connection. */
export function noConnection(reason: Error): CommanderError {
  const refusal = reason.name === 'ReplyError' ? translateRedisError(reason) : undefined;
  if (refusal instanceof CommanderError) return refusal;
  const message = `There is no connection to Redis (${reason.message}).`;
  return new CommanderError('store_unavailable', message, { cause: reason });
}

/**
 * A failure of a command in the words of the contract. An answer that no entry knows is a bug of ours and comes
 * back as it is, without the command: that holds the value.
 */
export function translateRedisError(error: unknown): unknown {
  if (error instanceof CommanderError || !(error instanceof Error)) return error;
  Reflect.deleteProperty(error, 'command');
  if (error instanceof TypeError || error instanceof RangeError) return error;
  if (error.name !== 'ReplyError') {
    const message = 'The connection to Redis broke; the outcome of a write is unknown.';
    return new CommanderError('store_unavailable', message, { cause: error });
  }
  const message = error.message.replace(scriptWrapper, '');
  const firstWord = message.split(' ', 1)[0] ?? '';
  const known = byFirstWord[firstWord] ?? (message.startsWith('ERR max number of clients') ? unable : undefined);
  if (known === undefined) return error;
  return new CommanderError(known.code, `${known.message} (${firstWord}).`, { cause: error });
}
