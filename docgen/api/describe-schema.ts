/** JSON schemas in the words of a table. */

import type { Schema } from './openapi-document.ts';

/** `integer, 1 to 1000, default 100` */
export function describeSchema(schema: Schema): string {
  const values = schema.enum ?? schema.anyOf?.map(({ enum: one }) => one?.[0]);
  if (values?.every((value) => value !== undefined)) {
    return values.map((value) => `\`${String(value)}\``).join(', ');
  }
  if (schema.anyOf !== undefined) return schema.anyOf.map(describeSchema).join(' or ');
  const type = schema.type === undefined ? 'any JSON' : (names[schema.format ?? ''] ?? schema.type);
  return [type, range(schema), schema.default === undefined ? '' : `default ${String(schema.default)}`]
    .filter((part) => part !== '')
    .join(', ');
}

const names: Readonly<Record<string, string>> = { 'date-time': 'time', binary: 'bytes' };

function range({ minimum, maximum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (minimum !== undefined) return `at least ${minimum}`;
  return maximum === undefined ? '' : `at most ${maximum}`;
}

export interface Field {
  /** `items[].key` */
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** The members of an object, and of the objects in it, in order. */
export function fieldsOf(schema: Schema, prefix = ''): readonly Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const required = schema.required?.includes(name) ?? false;
    if (member.type === 'array' && member.items?.properties !== undefined) {
      return fieldsOf(member.items, `${prefix}${name}[].`);
    }
    if (member.properties !== undefined) return fieldsOf(member, `${prefix}${name}.`);
    return [{ name: `${prefix}${name}`, schema: member, required }];
  });
}
