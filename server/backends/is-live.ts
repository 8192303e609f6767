import type { Call } from './backend.ts';

/**
 * Whether a record that expires then is there for the call; 0 and undefined: it does not expire. The engines ask here
 * for what they decide in this process, so that the call is told of what has expired.
 */
export function isLive(expiresAtMs: number | undefined, call: Call): boolean {
  if (expiresAtMs === undefined || expiresAtMs > call.nowMs || expiresAtMs === 0) return true;
  call.onExpired?.(expiresAtMs);
  return false;
}
