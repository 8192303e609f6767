import type { Exchange, Finding, HistoryExcerpt } from '../reports/schema.ts';

/** The claim does not hold. `expected` and `actual` are short; the exchange shows the rest. */
export class CaseFailed extends Error {
  override readonly name = 'CaseFailed';
  readonly finding: Finding;

  constructor(
    expected: string,
    actual: string,
    shown: {
      readonly exchange?: Exchange | null;
      readonly witness?: string;
      readonly excerpt?: HistoryExcerpt;
      readonly cause?: unknown;
    } = {},
  ) {
    super(`expected ${expected}, got ${actual}`, { cause: shown.cause });
    this.finding = {
      expected,
      actual,
      exchange: shown.exchange ?? null,
      witness: shown.witness ?? null,
      logRange: null,
      ...(shown.excerpt === undefined ? {} : { excerpt: shown.excerpt }),
    };
  }
}

/** The case could not tell. `reasonCode` is a short code, the message says what would make it conclusive. */
export class CaseInconclusive extends Error {
  override readonly name = 'CaseInconclusive';
  readonly reasonCode: string;

  constructor(reasonCode: string, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.reasonCode = reasonCode;
  }
}
