/**
 * Versions name writes: no two writes have the same, a read shows the version of the write whose value it shows, and in
 * the order of versions each compare-and-set follows the write that it compared with. Where every answer carries one, the
 * zone check over versions judges histories whose values repeat. Never trusted alone: a server that answers with the right
 * version of a wrong value is found by the pairing alone.
 */

import { Type } from 'typebox';
import { type Get, groupByKey, isKeyed, type KeyedOperation, type Operation, type SetValue } from '../history.ts';
import { type Budget, type Checker, type CheckVerdict, NotApplicable, type Violation } from './checker.ts';
import { violationAt } from './finding.ts';
import { zones } from './zones.ts';

export const versions: Checker<Readonly<Record<string, never>>> = {
  version: 1,
  parameters: Type.Object({}, { additionalProperties: false }),
  check(operations, _parameters, budget) {
    const counts = { keys: 0, 'writes with a version': 0, 'reads with a version': 0, 'compared versions': 0 };
    for (const own of groupByKey(operations).values()) {
      const verdict = checkKey(own.map(keyed), budget);
      if (verdict.verdict !== 'holds') return verdict;
      counts.keys += 1;
      for (const one of own) {
        if (one.server.version === null) continue;
        counts[one.f === 'get' ? 'reads with a version' : 'writes with a version'] += 1;
        if (one.f === 'cas' && one.type === 'ok') counts['compared versions'] += 1;
      }
    }
    return { verdict: 'holds', counts };
  },
};

function keyed(operation: Operation): KeyedOperation {
  const { i, f, type, server } = operation;
  if (!isKeyed(operation) || f === 'delete') throw new NotApplicable(`operation ${i}, ${f}, leaves no version`);
  if ('ttlMs' in operation && typeof operation.ttlMs === 'number')
    throw new NotApplicable(`operation ${i} gives its key an end`);
  if (type === 'ok' && server.version === null && operation.output !== null) {
    throw new NotApplicable(`the answer of operation ${i} carries no version`);
  }
  return operation;
}

function checkKey(own: readonly KeyedOperation[], budget: Budget): CheckVerdict {
  const makers = new Map<string, KeyedOperation>();
  const values = new Map<string, string>();
  for (const write of own) {
    if (write.f === 'get' || write.type !== 'ok') continue;
    const version = write.server.version ?? '';
    const other = makers.get(version);
    if (other !== undefined)
      return violationAt('a version of its own for every write', `two have ${version}`, [other, write]);
    makers.set(version, write);
    if (write.input !== null) values.set(version, write.input);
  }
  const broken = checkPairs(own, { makers, values }) ?? checkSwaps(own);
  return broken ?? zones.check(asRegister(own, makers), {}, budget);
}

interface Known {
  readonly makers: ReadonlyMap<string, KeyedOperation>;
  /** Grows by what reads show. */
  readonly values: Map<string, string>;
}

function checkPairs(own: readonly KeyedOperation[], { makers, values }: Known): Violation | undefined {
  for (const read of own) {
    if (read.f !== 'get' || read.type !== 'ok' || read.output === null) continue;
    const version = read.server.version ?? '';
    const value = values.get(version);
    if (value === undefined) values.set(version, read.output);
    if (value === undefined || value === read.output) continue;
    const maker = makers.get(version);
    const actual = `${read.output} was read with the version of ${value}`;
    return violationAt('a value with its own version', actual, maker === undefined ? [read] : [maker, read]);
  }
  return undefined;
}

/** Of one version only one write can be the next. */
function checkSwaps(own: readonly KeyedOperation[]): Violation | undefined {
  const next = new Map<string, KeyedOperation>();
  for (const write of own) {
    if (write.f !== 'cas' || write.type !== 'ok' || write.expected.by !== 'version') continue;
    const { version } = write.expected;
    const other = next.get(version);
    if (other !== undefined) {
      return violationAt('one successor of every version', `two writes followed ${version}`, [other, write]);
    }
    next.set(version, write);
  }
  return undefined;
}

/** Reads and writes of versions. A write without an outcome is whichever version nobody else made. */
function asRegister(own: readonly KeyedOperation[], makers: ReadonlyMap<string, KeyedOperation>): readonly Operation[] {
  const made = own.flatMap((one): (Get | SetValue)[] => {
    const { i, process, key, call, type, server, error } = one;
    const common = { i, process, key, call, return: one.return, type, server, error };
    if (one.f === 'get') return type === 'ok' ? [{ ...one, output: one.output === null ? null : server.version }] : [];
    if (type !== 'ok') return [];
    return [{ ...common, f: 'set', input: server.version ?? '', ttlMs: null, output: null }];
  });
  const unknown = own.filter(({ f, type }) => f !== 'get' && type === 'info');
  const shown = new Set(
    own.flatMap(({ f, type, output, server }) =>
      f === 'get' && type === 'ok' && output !== null ? (server.version ?? []) : [],
    ),
  );
  const orphans = [...shown].filter((version) => !makers.has(version));
  if (orphans.length > unknown.length) return made;
  // Any of them may have made it: the earliest call forbids least.
  const [earliest] = unknown.toSorted((a, b) => (a.call < b.call ? -1 : 1));
  if (earliest === undefined) return made;
  const guessed = orphans.map((input): SetValue => {
    const { i, process, key, call, server, error } = earliest;
    return {
      i,
      process,
      key,
      call,
      return: earliest.return,
      type: 'info',
      server,
      error,
      f: 'set',
      input,
      ttlMs: null,
      output: null,
    };
  });
  return [...made, ...guessed];
}
