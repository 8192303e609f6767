/** Operations as lines of JSON, and back. */

import type { Operation, OperationKind } from './history.ts';

/** One JSON line without its end. */
export function renderOperation(operation: Operation): string {
  return JSON.stringify({ ...operation, call: `${operation.call}`, return: `${operation.return}` });
}

type Test = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Test>>;

const isText: Test = (value) => typeof value === 'string';
const isNull: Test = (value) => value === null;
const isTextOrNull: Test = (value) => value === null || typeof value === 'string';
const isCount: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isNanoseconds: Test = (value) => typeof value === 'string' && /^\d{1,20}$/.test(value);
const oneOf =
  (...values: readonly unknown[]): Test =>
  (value) =>
    values.includes(value);
const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);
const either =
  (one: Test, other: Test): Test =>
  (value) =>
    one(value) || other(value);
const shape =
  (fields: Fields): Test =>
  (value) =>
    typeof value === 'object' && value !== null && wrongField(value as Line, fields) === undefined;

type Line = Readonly<Record<string, unknown>>;

/** The first field that is missing, wrong or unknown. */
function wrongField(line: Line, fields: Fields): string | undefined {
  for (const [name, test] of Object.entries(fields)) if (!test(line[name])) return name;
  return Object.keys(line).find((name) => !(name in fields));
}

const isKeyValue = shape({ key: isText, value: isTextOrNull });
const isTtl = either(isCount, oneOf(null, 'keep'));
const isExpected = either(
  shape({ by: oneOf('value'), value: isText }),
  shape({ by: oneOf('version'), version: isText }),
);
const isBatchInput = shape({ atomic: oneOf(true, false), writes: listOf(isKeyValue), reads: listOf(isText) });

const common: Fields = {
  i: isCount,
  process: isCount,
  f: isText,
  type: oneOf('ok', 'fail', 'info'),
  call: isNanoseconds,
  return: isNanoseconds,
  server: shape({ version: isTextOrNull, boot: isTextOrNull }),
  error: isTextOrNull,
};

const keyless: Fields = { ...common, key: isNull, input: isNull, output: isNull };
const written: Fields = { ...common, key: isText, input: isText, ttlMs: isTtl };
const found: Fields = { ...common, key: isText, input: isNull };

const fieldsOf: Readonly<Record<OperationKind, Fields>> = {
  get: { ...found, output: isTextOrNull },
  set: { ...written, output: oneOf('created', 'replaced', null) },
  create: { ...written, output: oneOf('created', 'exists', null) },
  cas: { ...written, output: oneOf('replaced', 'mismatch', null), expected: isExpected },
  delete: { ...found, output: oneOf('deleted', 'absent', null) },
  touch: { ...found, output: oneOf('touched', 'absent', null), ttlMs: either(isCount, isNull) },
  batch: { ...common, key: isNull, input: isBatchInput, output: either(listOf(isKeyValue), isNull) },
  advance: { ...keyless, advanceMs: isCount },
  fence: { ...keyless, deadBoot: isTextOrNull },
};

/** Throws with `number`, the line's, when it is no operation. */
export function parseOperation(text: string, number: number): Operation {
  try {
    const line = JSON.parse(text) as Line;
    const fields = fieldsOf[line.f as OperationKind];
    if (fields === undefined) throw new TypeError(`f is ${String(line.f)}`);
    const wrong = wrongField(line, fields);
    if (wrong !== undefined) throw new TypeError(`${wrong} is ${JSON.stringify(line[wrong])}`);
    return {
      ...line,
      call: BigInt(line.call as string),
      return: BigInt(line.return as string),
    } as unknown as Operation;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`line ${number} of the history is no operation: ${why}`, { cause });
  }
}
