import type { Exchange } from '../reports/schema.ts';
import { CaseFailed, CaseInconclusive } from './verdict.ts';

/** No complete answer came. `effect` says whether the request may have been carried out. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly reason: 'refused' | 'timeout' | 'aborted' | 'broken';
  readonly effect: 'none' | 'unknown';
  readonly exchange: Exchange;

  constructor(
    reason: NoAnswer['reason'],
    effect: NoAnswer['effect'],
    shown: { readonly exchange: Exchange; readonly cause?: unknown },
  ) {
    const why = shown.cause instanceof Error ? `: ${shown.cause.message}` : '';
    super(`no answer (${reason})${why}`, { cause: shown.cause });
    this.reason = reason;
    this.effect = effect;
    this.exchange = shown.exchange;
  }
}

/**
 * What an answer that a server owed and did not give says of a claim: a connection that breaks contradicts it; a server
 * that cannot be reached or takes too long leaves it undecided.
 */
export function verdictOf(missing: NoAnswer, what: string): CaseFailed | CaseInconclusive {
  const { exchange, message } = missing;
  if (missing.reason === 'broken') return new CaseFailed('an answer', message, { exchange, cause: missing });
  return new CaseInconclusive('no_answer', `${what}: ${message}`, { cause: missing });
}
