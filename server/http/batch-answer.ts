/** What a batch came to, as the answer tells it. */

import type { BatchItem, BatchOperation, BatchOutcome } from '../backends/backend.ts';
import { CommanderError, type ErrorCode, errorCatalogue } from '../errors.ts';
import type { Revision } from '../revision.ts';
import { etagOf } from './conditions.ts';
import { retryAfterOf } from './problem.ts';
import { expiryMember, renderRecord } from './render-record.ts';

export type BatchAnswer =
  | {
      readonly kind: 'results';
      readonly status: 200 | 207;
      readonly body: string;
      /** Seconds after which what failed may be tried again; 0 where nothing of it passes by itself. */
      readonly retryAfter: number;
    }
  | { readonly kind: 'aborted'; readonly index: number; readonly current: Revision | undefined };

export function answerOf(
  { operations, atomic }: { readonly operations: readonly BatchOperation[]; readonly atomic: boolean },
  outcome: BatchOutcome,
): BatchAnswer {
  if (outcome.outcome === 'aborted') {
    return { kind: 'aborted', index: outcome.index, current: outcome.failure.current };
  }
  const results = outcome.items.map((item, index) => renderItem(operations[index], item));
  const whole = atomic || results.every(({ status }) => status < 300);
  return {
    kind: 'results',
    status: whole ? 200 : 207,
    body: `{"results":[${results.map(({ text }) => text).join(',')}]}`,
    retryAfter: outcome.items.reduce((longest, item) => Math.max(longest, waitOf(item)), 0),
  };
}

export function batchAborted(
  { index, current }: Extract<BatchAnswer, { readonly kind: 'aborted' }>,
  headers: Readonly<Record<string, string>> = {},
): CommanderError {
  const now = current === undefined ? 'its key does not exist' : `its key's entity tag is ${etagOf(current)}`;
  return new CommanderError(
    'batch_aborted',
    `Nothing was written: the condition of operations[${index}] does not hold, ${now}.`,
    {
      headers,
      members: {
        index,
        reason: 'precondition_failed' satisfies ErrorCode,
        ...(current === undefined ? {} : { etag: etagOf(current) }),
      },
    },
  );
}

function waitOf(item: BatchItem): number {
  return item.outcome === 'failed' ? (retryAfterOf(item.error.code) ?? 0) : 0;
}

interface RenderedItem {
  readonly status: number;
  readonly text: string;
}

function renderItem(operation: BatchOperation | undefined, item: BatchItem): RenderedItem {
  const key = operation?.address.key;
  const plain = (status: number, members: object): RenderedItem => ({
    status,
    text: JSON.stringify({ status, key, ...members }),
  });
  switch (item.outcome) {
    case 'found':
      return {
        status: 200,
        text: renderRecord(`{"status":200,"key":${JSON.stringify(key)}`, item.record, item.record.value),
      };
    case 'created':
    case 'replaced':
      return plain(200, { etag: etagOf(item.revision), ...expiryMember(item) });
    case 'touched':
      return plain(200, { etag: etagOf(item.head.revision), ...expiryMember(item.head) });
    case 'deleted':
      return plain(204, {});
    case 'absent':
      return plain(404, { error: 'key_not_found' satisfies ErrorCode });
    case 'precondition_failed':
      return plain(412, {
        error: 'precondition_failed' satisfies ErrorCode,
        ...(item.current === undefined ? {} : { etag: etagOf(item.current) }),
      });
    case 'failed': {
      const { code, message } = item.error;
      const { status, retryable } = errorCatalogue[code];
      return plain(status, { error: code, detail: message, retryable });
    }
  }
}
