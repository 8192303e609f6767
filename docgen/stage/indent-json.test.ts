import { expect, it } from 'vitest';
import { indentJson } from './indent-json.ts';

it('only white space is added: digits, escapes and member order stay', () => {
  const text = '{"z":9007199254740993,"a":[1.0,"a\\"}, b"],"e":{},"f":[],"n":null,"s":" x "}';
  const spaced = indentJson(text);
  expect(spaced).toContain('9007199254740993');
  expect(spaced).toContain('1.0');
  expect(JSON.parse(spaced)).toEqual(JSON.parse(text));
  expect(spaced.replaceAll(/\n\s*/g, '').replaceAll(/([,:]) /g, '$1')).toBe(text.replace('a\\"}, b', 'a\\"},b'));
});

it('a member that fits on a line stays on one, a deep one is spread', () => {
  expect(indentJson('{"limits":{"keys":1,"values":2},"list":[{"a":{"b":1}}]}')).toBe(
    [
      '{',
      '  "limits": {"keys": 1, "values": 2},',
      '  "list": [',
      '    {',
      '      "a": {"b": 1}',
      '    }',
      '  ]',
      '}',
    ].join('\n'),
  );
});
