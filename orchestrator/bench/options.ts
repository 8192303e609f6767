import { parseArgs } from 'node:util';
import { unknownName } from '../suggest.ts';
import { UsageError } from '../usage-error.ts';

const specs = {
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '2' },
  rungs: { type: 'string', default: '**' },
  'list-keys': { type: 'string', default: '100000' },
  seed: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export const usage = `npm run bench -- [--rounds N] [--seconds S] [--rungs GLOB,...] [--list-keys N] [--seed N] [--json]

Measures GET, durable PUT and pages of the server beside bare servers and another store, interleaved in one run.

  --rounds   rounds of each rung (${specs.rounds.default})
  --seconds  length of a round; the warm-up before the first is as long, or up to 5 times (${specs.seconds.default})
  --rungs    which rungs, such as 'get/*' or '*/lmdb,*/fastify' (all)
  --list-keys  keys of the large collection that pages are read from; each is written first (${specs['list-keys'].default})
  --seed     seed of the keys and of their order (random)
  --json     the figures of every round instead of the table
`;

export interface BenchOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly patterns: readonly string[];
  readonly listKeys: number;
  readonly seed: number;
  readonly json: boolean;
  readonly help: boolean;
}

/** Throws UsageError. */
export function parseOptions(argv: readonly string[], randomSeed: number): BenchOptions {
  const { values, tokens } = parseArgs({ args: [...argv], options: specs, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') throw new UsageError(`bench takes no argument "${token.value}"`);
    if (token.kind === 'option' && !Object.hasOwn(specs, token.name)) {
      throw new UsageError(
        unknownName(
          'flag',
          `--${token.name}`,
          Object.keys(specs).map((name) => `--${name}`),
        ),
      );
    }
  }
  const number = (name: 'rounds' | 'seconds' | 'seed' | 'list-keys', least: number, most: number): number => {
    const given = values[name] ?? randomSeed;
    const text = given === true ? '' : String(given);
    const value = name === 'seconds' ? /^\d+(\.\d+)?$/ : /^\d+$/;
    if (!value.test(text) || Number(text) < least || Number(text) > most) {
      throw new UsageError(`--${name} is a number from ${least} to ${most}, got "${text}"`);
    }
    return Number(text);
  };
  return {
    rounds: number('rounds', 1, 1000),
    seconds: number('seconds', 0.1, 3600),
    patterns: String(values.rungs).split(','),
    listKeys: number('list-keys', 1_000, 10_000_000),
    seed: number('seed', 0, 2 ** 32 - 1),
    json: values.json === true,
    help: values.help === true,
  };
}
