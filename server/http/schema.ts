/**
 * JSON Schema by the names and with the types of TypeBox, without its code: a route needs the plain schema and the
 * static type, and loading the library takes a tenth of a second and megabytes that a device does not have.
 */

import type { Type as Builders } from 'typebox';

type Names = 'Array' | 'Boolean' | 'Integer' | 'Literal' | 'Null' | 'Number' | 'Object' | 'Optional' | 'Ref' | 'String';
type TypeBuilders = Pick<typeof Builders, Names | 'Union' | 'Unknown'>;

type Schema = Readonly<Record<string, unknown>>;

/** Members that an object need not have. */
const optional = new WeakSet<Schema>();

const typed =
  (type: string) =>
  (options: Schema = {}): Schema => ({ ...options, type });

const builders = {
  Array: (items: Schema, options: Schema = {}): Schema => ({ ...options, type: 'array', items }),
  Boolean: typed('boolean'),
  Integer: typed('integer'),
  Literal: (value: unknown, options: Schema = {}): Schema => ({ ...options, type: typeof value, const: value }),
  Null: typed('null'),
  Number: typed('number'),
  Object: (properties: Readonly<Record<string, Schema>>, options: Schema = {}): Schema => {
    const required = Object.keys(properties).filter((name) => !optional.has(properties[name] ?? {}));
    return { ...options, type: 'object', ...(required.length === 0 ? {} : { required }), properties };
  },
  Optional: (schema: Schema): Schema => {
    // The same schema may stand elsewhere as a member that has to be there.
    const copy = { ...schema };
    optional.add(copy);
    return copy;
  },
  Ref: (ref: string): Schema => ({ $ref: ref }),
  String: typed('string'),
  Union: (anyOf: readonly Schema[], options: Schema = {}): Schema => ({ ...options, anyOf }),
  Unknown: (options: Schema = {}): Schema => options,
};

export const Type = builders as unknown as TypeBuilders;
