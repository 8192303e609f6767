import type { Operation } from '../history.ts';

/** Operations as a person reads them: who did what, and when from the first of them on, in microseconds. */
export function renderWitness(reason: string, operations: readonly Operation[]): string {
  const start = operations.reduce((least, { call }) => (call < least ? call : least), operations[0]?.call ?? 0n);
  const us = (at: bigint): string => `${Number((at - start) / 1_000n)}`;
  const rows = operations.map((operation) => [
    `operation ${operation.i}`,
    `process ${operation.process}`,
    `${us(operation.call)} to ${operation.type === 'info' ? '?' : us(operation.return)} us`,
    describe(operation),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return [`${reason}:`, ...lines].join('\n');
}

function describe({ f, key, input, output, type }: Operation): string {
  const told = type === 'ok' ? '' : type === 'fail' ? ' failed' : ' without an outcome';
  if (f === 'get') return `get ${key} -> ${output ?? 'absent'}${told}`;
  return `${f} ${key} = ${input}${told}`;
}
