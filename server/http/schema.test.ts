import { Type as TypeBox } from 'typebox';
import { expect, test } from 'vitest';
import { Type } from './schema.ts';

type Builders = typeof Type;

/** One schema with every builder in it. */
function sample(build: Builders): unknown {
  const { Array: list, Boolean: bool, Integer, Literal, Null, Number: num, Object: object, Optional, Ref } = build;
  const shared = build.String({ minLength: 1 });
  return object(
    {
      list: list(Integer({ minimum: 1 }), { maxItems: 2 }),
      flag: Optional(bool({ description: 'a flag' })),
      word: Literal('word', { description: 'only this' }),
      number: Optional(num()),
      shared,
      maybe: Optional(shared),
      either: build.Union([build.String(), Null()], { description: 'one of both' }),
      any: build.Unknown({ description: 'anything' }),
      problem: Ref('Problem'),
      none: object({}),
      open: object({}, { additionalProperties: true }),
    },
    { $id: 'sample', description: 'all of them' },
  );
}

test('a schema is the one that TypeBox builds', () => {
  expect(JSON.parse(JSON.stringify(sample(Type)))).toEqual(JSON.parse(JSON.stringify(sample(TypeBox))));
});

test('a member that is optional in one object is required in another', () => {
  const name = Type.String();
  Type.Object({ name: Type.Optional(name) });
  expect(Type.Object({ name })).toMatchObject({ required: ['name'] });
});
