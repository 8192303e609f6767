import type { Operation } from '../history.ts';

/** What a person reads in a minute; what matters is at the end. */
const maxLines = 40;

/** Operations as a person reads them: who did what, and when from the first of them on, in microseconds. */
export function renderWitness(reason: string, operations: readonly Operation[]): string {
  const start = operations.reduce((least, { call }) => (call < least ? call : least), operations[0]?.call ?? 0n);
  const us = (at: bigint): string => `${Number((at - start) / 1_000n)}`;
  const rows = operations.map((operation) => [
    `operation ${operation.i}`,
    `process ${operation.process}`,
    `${us(operation.call)} to ${operation.type === 'info' ? '?' : us(operation.return)} us`,
    describeOperation(operation),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  const cut = lines.length - maxLines;
  if (cut > 0) lines.splice(0, cut, `... ${cut} operations before`);
  return [`${reason}:`, ...lines].join('\n');
}

/** What it did and how it ended, in one line. */
export function describeOperation(operation: Operation): string {
  const { type, output } = operation;
  if (type === 'info') return `${describeIntent(operation)} without an outcome`;
  // What a condition found is the outcome; anything else that failed just failed.
  if (type === 'fail') return `${describeIntent(operation)} ${output === null ? 'failed' : `-> ${String(output)}`}`;
  if (operation.f === 'get') return `get ${operation.key} -> ${operation.output ?? 'absent'}`;
  if (operation.f === 'batch' && operation.output !== null) {
    const seen = operation.output.map(({ key, value }) => `${key} -> ${value ?? 'absent'}`);
    return [describeIntent(operation), ...seen].join(', ');
  }
  // Of a write that always can be done, what was there is an outcome too.
  return operation.f === 'set' && output !== null
    ? `${describeIntent(operation)} -> ${operation.output}`
    : describeIntent(operation);
}

function describeIntent(operation: Operation): string {
  switch (operation.f) {
    case 'get':
    case 'delete':
      return `${operation.f} ${operation.key}`;
    case 'set':
    case 'create':
      return `${operation.f} ${operation.key} = ${operation.input}${describeTtl(operation.ttlMs)}`;
    case 'cas': {
      const { expected } = operation;
      const from = expected.by === 'value' ? expected.value : expected.version;
      return `cas ${operation.key} ${from} -> ${operation.input}${describeTtl(operation.ttlMs)}`;
    }
    case 'touch':
      return `touch ${operation.key}${operation.ttlMs === null ? ' persist' : describeTtl(operation.ttlMs)}`;
    case 'batch': {
      const { atomic, writes } = operation.input;
      return [
        atomic ? 'atomic batch' : 'batch',
        ...writes.map(({ key, value }) => `${key} = ${value ?? 'deleted'}`),
      ].join(' ');
    }
    case 'advance':
      return `clock + ${operation.advanceMs} ms`;
    case 'fence':
      return `death of ${operation.deadBoot ?? 'every server'}`;
  }
}

function describeTtl(ttlMs: number | null | 'keep'): string {
  if (ttlMs === null) return '';
  return ttlMs === 'keep' ? ' keeping its end' : ` for ${ttlMs} ms`;
}
