import { expect, it } from 'vitest';
import { parseHelp } from './parse-help.ts';

const help = `commander serve

Options:
  --help                 Show help                                     [boolean]
  --backend              Store to use
                      [string] [choices: "lmdb", "redis"] [default: lmdb]
  --store-timeout-ms     What the store may take for a call; a value adds 1 s
                         per MB                         [string] [default: 2000]
  --testing              Add a route [sic]            [boolean] [default: false]
  --config               YAML file                                      [string]

Examples:
  commander serve --none  [string]
`;

it('options are read over line ends, with choices and defaults', () => {
  expect(parseHelp(help)).toEqual([
    { name: 'backend', meaning: 'Store to use: lmdb, redis', type: 'string', fallback: 'lmdb' },
    {
      name: 'store-timeout-ms',
      meaning: 'What the store may take for a call; a value adds 1 s per MB',
      type: 'string',
      fallback: '2000',
    },
    { name: 'testing', meaning: 'Add a route [sic]', type: 'boolean', fallback: 'false' },
    { name: 'config', meaning: 'YAML file', type: 'string', fallback: undefined },
  ]);
});

it('a help in another form is refused, never half read', () => {
  expect(() => parseHelp('Options:\n  --a  first  [text]\n')).toThrow(/no options/);
  expect(() => parseHelp('x\nOptions:\n  --a  first  [text]\n')).toThrow(/no option of a help/);
});
