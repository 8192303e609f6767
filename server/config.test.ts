import { expect, test } from 'vitest';
import {
  type ConfigSources,
  environmentName,
  isLoopbackAddress,
  type OptionName,
  optionNames,
  resolveSettings,
  serveOptions,
  unknownVariables,
} from './config.ts';
import { ConfigurationError } from './configuration-error.ts';

const nothing: ConfigSources = { flags: {}, environment: {}, file: undefined };

function refusal(sources: Partial<ConfigSources>): string | undefined {
  try {
    resolveSettings({ ...nothing, ...sources });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return undefined;
}

test('without a source every option has its default', () => {
  const defaults = Object.fromEntries(optionNames.map((name) => [name, serveOptions[name].default]));
  expect(resolveSettings(nothing)).toEqual(defaults);
  expect(resolveSettings({ ...nothing, file: null })).toEqual(defaults);
  expect(resolveSettings({ ...nothing, file: {} })).toEqual(defaults);
});

/** Two good values of every option, none of them the default. */
const goodValues: { readonly [Name in OptionName]: readonly [string, string] } = {
  backend: ['redis', 'memory'],
  data: ['/a', '/b'],
  'on-damage': ['empty', 'refuse'],
  'snapshot-interval-ms': ['0', '2147483647'],
  'snapshot-keep': ['3', '1000'],
  'snapshot-folder': ['/a', '/b'],
  'redis-url': ['redis://a', 'redis://b'],
  'redis-prefix': ['a:', 'b:'],
  'redis-connections': ['2', '64'],
  'mongodb-url': ['mongodb://a', 'mongodb://b'],
  'mongodb-database': ['a', 'b'],
  'mongodb-connections': ['1', '10000'],
  'store-max-calls': ['1', '1000000'],
  'cache-bytes': ['1', '1099511627776'],
  'cache-policy': ['lfu', 'lfu'],
  'cache-max-staleness-ms': ['1', '86400000'],
  'cache-sole-writer': ['true', 'true'],
  host: ['::1', 'localhost'],
  port: ['1', '2'],
  'tls-cert': ['/a', '/b'],
  'tls-key': ['/a', '/b'],
  'max-connections': ['1', '1000000'],
  'max-requests': ['1', '1000000'],
  'rate-limit': ['1', '1000000'],
  'rate-limit-burst': ['1', '1000000'],
  'request-timeout-ms': ['100', '86400000'],
  'headers-timeout-ms': ['100', '86400000'],
  'keep-alive-timeout-ms': ['1000', '86400000'],
  'max-value-bytes': ['1', '2147483647'],
  'disk-reserve-bytes': ['1', '1099511627776'],
  'memory-limit-bytes': ['1', '1099511627776'],
  'body-budget-bytes': ['1', '1099511627776'],
  'answer-budget-bytes': ['1', '1099511627776'],
  'answer-timeout-ms': ['100', '86400000'],
  'max-event-loop-lag-ms': ['0', '600000'],
  'store-timeout-ms': ['1', '600000'],
  'idempotency-ttl-ms': ['60000', '1099511627776'],
  'shutdown-timeout-ms': ['0', '600000'],
  'log-level': ['debug', 'silent'],
  'debug-routes': ['true', 'true'],
  'otlp-url': ['http://a', 'http://b'],
  'credentials-file': ['/a', '/b'],
  'failed-logins-per-minute': ['1', '1000000'],
  'insecure-no-auth': ['true', 'true'],
  'reset-clock': ['true', 'true'],
  docs: ['true', 'false'],
  testing: ['true', 'true'],
  'testing-seed': ['1', '4294967295'],
  'ready-json': ['true', 'true'],
};

/** Options that are refused without another one. */
const needed: { readonly [Name in OptionName]?: Readonly<Record<string, unknown>> } = {
  'cache-bytes': { 'cache-sole-writer': true },
  'cache-max-staleness-ms': { 'cache-bytes': '1' },
  'cache-sole-writer': { 'cache-bytes': '1' },
  'tls-cert': { 'tls-key': '/key' },
  'tls-key': { 'tls-cert': '/cert' },
  'rate-limit-burst': { 'rate-limit': 5 },
  'testing-seed': { testing: true },
};

test.each(optionNames)('%s: a flag wins over the environment, that over the file, that over the default', (name) => {
  const [first, second] = goodValues[name];
  const context = needed[name] ?? {};
  const typed = (text: string): unknown => typedLike(serveOptions[name].default, text);
  const resolve = (sources: Partial<ConfigSources>): unknown =>
    resolveSettings({ ...nothing, ...sources, flags: { ...context, ...sources.flags } })[name];
  const file = { [name]: typed(second) };
  const environment = { [environmentName(name)]: first };
  expect(resolve({ file })).toEqual(typed(second));
  expect(resolve({ file, environment })).toEqual(typed(first));
  expect(resolve({ file, environment, flags: { [name]: second } })).toEqual(typed(second));
});

test('false in a nearer source turns a flag of a farther one off', () => {
  const environment = { COMMANDER_TESTING: 'true' };
  expect(resolveSettings({ ...nothing, environment, flags: { testing: false } }).testing).toBe(false);
  expect(resolveSettings({ ...nothing, environment: { COMMANDER_TESTING: 'false' } }).testing).toBe(false);
});

const badIntegers = ['', ' ', '1.5', '-1', '+1', '1e3', '0x10', '1 ', '\u0661', 'x', 'true', '9'.repeat(16)];
const badValues: readonly [OptionName, readonly unknown[]][] = [
  ['backend', ['', 'sqlite', 'LMDB', 5, true, null, ['lmdb']]],
  ['data', ['', 5, true, null, ['a'], {}]],
  ['on-damage', ['', 'ignore', 'RESTORE', 5, null]],
  ['snapshot-interval-ms', [...badIntegers, '2147483648']],
  ['snapshot-keep', [...badIntegers, '0', '1', '1001']],
  ['snapshot-folder', ['', 5, true, null]],
  ['redis-url', ['', 5, null]],
  ['redis-prefix', ['', 5, null]],
  ['redis-connections', [...badIntegers, '0', '65']],
  ['mongodb-url', ['', 5, null]],
  ['mongodb-database', ['', 5, null]],
  ['mongodb-connections', [...badIntegers, '0', '10001']],
  ['store-max-calls', [...badIntegers, '0', '1000001']],
  ['cache-bytes', [...badIntegers, '1099511627777', '1', 1]],
  ['cache-policy', ['', 'fifo', 'LRU', 5, null]],
  ['cache-max-staleness-ms', [...badIntegers, '86400001', '1', 1]],
  ['cache-sole-writer', ['', 'yes', '1', 'TRUE', 1, null]],
  ['host', ['', 5, null, '0.0.0.0', '10.0.0.1', '::', 'example.org', '::ffff:127.0.0.1', '127.1', '127.0.0.1.example']],
  ['port', [...badIntegers, '65536', -1, 65_536, 1.5, Number.NaN, true, null, [80]]],
  ['tls-cert', ['', 5, null, '/a']],
  ['tls-key', ['', 5, null, '/a']],
  ['max-connections', [...badIntegers, '0', '1000001']],
  ['max-requests', [...badIntegers, '1000001']],
  ['rate-limit', [...badIntegers, '1000001']],
  ['rate-limit-burst', [...badIntegers, '1', '1000001']],
  ['request-timeout-ms', [...badIntegers, '99', '86400001']],
  ['headers-timeout-ms', [...badIntegers, '99', '86400001']],
  ['keep-alive-timeout-ms', [...badIntegers, '999', '86400001']],
  ['max-value-bytes', [...badIntegers, '0', '2147483648', 0, 2 ** 31]],
  ['disk-reserve-bytes', [...badIntegers, '1099511627777']],
  ['memory-limit-bytes', [...badIntegers, '1099511627777']],
  ['body-budget-bytes', [...badIntegers, '1099511627777']],
  ['answer-budget-bytes', [...badIntegers, '1099511627777']],
  ['answer-timeout-ms', [...badIntegers, '99', '86400001']],
  ['max-event-loop-lag-ms', [...badIntegers, '600001']],
  ['store-timeout-ms', [...badIntegers, '0', '600001']],
  ['idempotency-ttl-ms', [...badIntegers, '59999', '1099511627777']],
  ['shutdown-timeout-ms', [...badIntegers, '600001']],
  ['log-level', ['', 'verbose', 'INFO', 30, null]],
  ['debug-routes', ['', 'yes', '1', 'TRUE', 1, null]],
  ['otlp-url', ['', 5, null]],
  ['credentials-file', ['', 5, null, ['a']]],
  ['failed-logins-per-minute', [...badIntegers, '0', '1000001']],
  ['insecure-no-auth', ['', 'yes', '1', 'TRUE', 1, null]],
  ['reset-clock', ['', 'yes', '1', 'TRUE', 1, null]],
  ['docs', ['', 'yes', '1', 'TRUE', 1, null]],
  ['testing', ['', 'yes', '1', 'TRUE', 1, null]],
  ['testing-seed', [...badIntegers, '4294967296', '1', 1]],
  ['ready-json', ['', 'yes', '1', 'TRUE', 1, null]],
];

test('there is a bad value here for every option', () => {
  expect(badValues.map(([name]) => name)).toEqual(optionNames);
});

for (const [name, values] of badValues) {
  test.each(values)(`${name} refuses %j from the file, and says so in one line`, (value) => {
    const message = refusal({ file: { [name]: value } });
    expect(message).toMatch(/^.{10,200}$/);
  });
}

test('a message names the source of the bad value', () => {
  expect(refusal({ flags: { port: 'x' } })).toBe('--port is an integer from 0 to 65535, got "x".');
  expect(refusal({ environment: { COMMANDER_PORT: 'x' } })).toMatch(/^COMMANDER_PORT is an integer/);
  expect(refusal({ file: { port: 'x' } })).toMatch(/^port in the configuration file is an integer/);
});

test('a bad value is refused in the nearest source, not skipped for a good one farther away', () => {
  expect(refusal({ flags: { port: 'x' }, environment: { COMMANDER_PORT: '80' } })).toMatch(/^--port/);
  expect(refusal({ environment: { COMMANDER_PORT: '' }, file: { port: 80 } })).toMatch(/^COMMANDER_PORT/);
});

test.each([
  [{ prot: 80 }, 'prot (did you mean port?)'],
  [{ 'max-value-byte': 1 }, 'max-value-byte (did you mean max-value-bytes?)'],
  [{ logLevel: 'info' }, 'logLevel (did you mean log-level?)'],
  [{ something_else_entirely: 1 }, 'something_else_entirely.'],
  [{ toString: 1 }, 'toString.'],
  [JSON.parse('{"__proto__": 1}'), '__proto__.'],
])('the file %j has no such option', (file, part) => {
  expect(refusal({ file })).toContain(part);
});

test.each([[[]], ['text'], [5], [true]])('the file %j holds no options', (file) => {
  expect(refusal({ file })).toMatch(/`name: value`/);
});

test('a near miss of a choice is named', () => {
  expect(refusal({ flags: { backend: 'reids' } })).toContain('reids (did you mean redis?)');
  expect(refusal({ flags: { 'log-level': 'debgu' } })).toContain('(did you mean debug?)');
});

test('variables that look like options and are none are named, others are not', () => {
  const environment = { COMMANDER_PROT: '1', COMMANDER_PORT: '2', COMMAND: 'x', PATH: '/', commander_port: '3' };
  expect(unknownVariables(environment)).toEqual(['COMMANDER_PROT (did you mean COMMANDER_PORT?)']);
});

test('testing listens on loopback only, also with --insecure-no-auth', () => {
  expect(refusal({ flags: { host: '0.0.0.0', testing: true, 'insecure-no-auth': true } })).toMatch(/loopback only/);
  expect(refusal({ flags: { host: '0.0.0.0', 'insecure-no-auth': true } })).toBeUndefined();
});

test('beyond loopback the refusal says how to go on', () => {
  expect(refusal({ flags: { host: '0.0.0.0' } })).toMatch(/--insecure-no-auth/);
});

test('credentials open every address, from a file or from the environment, not from both', () => {
  const flags = { host: '0.0.0.0' };
  const environment = { COMMANDER_CREDENTIALS: 'credentials: []' };
  expect(refusal({ flags: { ...flags, 'credentials-file': '/a' } })).toBeUndefined();
  expect(refusal({ flags, environment })).toBeUndefined();
  expect(refusal({ flags: { 'credentials-file': '/a' }, environment })).toMatch(/not both/);
  expect(refusal({ flags: { ...flags, 'insecure-no-auth': true }, environment })).toMatch(/and there are/);
});

test('a seed needs --testing', () => {
  expect(refusal({ flags: { 'testing-seed': '7' } })).toMatch(/needs --testing/);
  expect(refusal({ flags: { 'testing-seed': '7', testing: true } })).toBeUndefined();
});

test.each(['redis', 'mongodb', 'lmdb'])('a cache before %s needs a bound on staleness, or a sole writer', (backend) => {
  const flags = { backend, 'cache-bytes': '1000' };
  expect(refusal({ flags })).toMatch(/--cache-max-staleness-ms, or say --cache-sole-writer/);
  expect(refusal({ flags: { ...flags, 'cache-max-staleness-ms': '1' } })).toBeUndefined();
  expect(refusal({ flags: { ...flags, 'cache-sole-writer': true } })).toBeUndefined();
});

test('a cache before the memory of the process needs neither, and both need a cache', () => {
  expect(refusal({ flags: { backend: 'memory', 'cache-bytes': '1000' } })).toBeUndefined();
  expect(refusal({ flags: { 'cache-max-staleness-ms': '1' } })).toMatch(/needs --cache-bytes/);
  expect(refusal({ flags: { 'cache-sole-writer': true } })).toMatch(/needs --cache-bytes/);
});

test.each(['127.0.0.1', '127.255.255.254', '::1', 'localhost'])('%s is loopback', (host) => {
  expect(isLoopbackAddress(host)).toBe(true);
});

function typedLike(sample: unknown, text: string): unknown {
  if (typeof sample === 'number') return Number(text);
  return typeof sample === 'boolean' ? text === 'true' : text;
}
