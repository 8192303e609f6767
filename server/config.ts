/**
 * The server's options: one table from which flags, COMMANDER_* variables, the YAML file, the help and the reference
 * are drawn. Precedence: flag, environment, file, default.
 */

import { backendNames, damagePolicies, unsharedBackends } from './backends/registry.ts';
import { ConfigurationError } from './configuration-error.ts';
import { logLevels } from './log.ts';
import { nearest } from './nearest.ts';

export interface OptionSpec<T> {
  readonly kind: 'string' | 'integer' | 'boolean';
  readonly default: T;
  readonly describe: string;
  readonly choices?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

export const serveOptions = {
  backend: text('lmdb', 'Store to use', backendNames),
  data: text('./commander-data', 'Data folder of the embedded store'),
  'on-damage': text('restore', 'What to do with a damaged data file: see Backup and recovery', damagePolicies),
  // A timer holds at most 2^31 - 1 ms.
  'snapshot-interval-ms': integer(86_400_000, 'How often the embedded store is copied; 0 is never', 0, 2 ** 31 - 1),
  'snapshot-keep': integer(2, 'Snapshots that are kept', 2, 1_000),
  'snapshot-folder': text('', 'Folder of the snapshots; absent: snapshots/ in the data folder'),
  'redis-url': text('redis://127.0.0.1:6379', 'Redis, redis+sentinel:// or redis+cluster:// with --backend redis'),
  'redis-prefix': text('commander:', 'What every Redis key begins with'),
  'redis-connections': integer(1, 'Connections to a Redis server; more help small values beside large ones', 1, 64),
  'mongodb-url': text('mongodb://127.0.0.1:27017', 'MongoDB to use with --backend mongodb'),
  'mongodb-database': text('commander', 'MongoDB database to use'),
  'mongodb-connections': integer(50, 'Connections to each MongoDB server at most', 1, 10_000),
  'store-max-calls': integer(1_000, 'Calls of Redis or MongoDB at once; beyond it 503', 1, 1_000_000),
  'cache-bytes': integer(0, 'Memory for values before the store; 0 is off', 0, 2 ** 40),
  'cache-policy': text('lru', 'Which values make room: least recently or least frequently used', ['lru', 'lfu']),
  'cache-max-staleness-ms': integer(0, 'How old a cached value may be; 0 is no bound', 0, 86_400_000),
  'cache-sole-writer': flag('Nothing but this server writes to the store: cache without a bound'),
  host: text('127.0.0.1', 'Address to listen on'),
  port: integer(7878, 'Port to listen on; 0 takes a free one', 0, 65_535),
  'tls-cert': text('', 'PEM file with the certificate to speak HTTPS with; read again on SIGHUP'),
  'tls-key': text('', 'PEM file with the key of --tls-cert, without a passphrase'),
  'max-connections': integer(1_000, 'Connections at once; beyond it 503', 1, 1_000_000),
  'max-requests': integer(0, 'Requests at once, beyond it 503; 0: as many as connections', 0, 1_000_000),
  'rate-limit': integer(0, 'Requests a second of one client, beyond it 429; 0 is off', 0, 1_000_000),
  'rate-limit-burst': integer(0, 'What a client may send at once after a rest; 0: the rate limit', 0, 1_000_000),
  // A body of the value limit at 32 KB/s arrives within it; a slower client holds its connection no longer.
  'request-timeout-ms': integer(600_000, 'What a request may take to arrive whole', 100, 86_400_000),
  'headers-timeout-ms': integer(20_000, 'What its headers, or a TLS handshake, may take', 100, 86_400_000),
  'keep-alive-timeout-ms': integer(72_000, 'How long an idle connection stays open', 1_000, 86_400_000),
  'max-value-bytes': integer(16_000_000, 'Largest value in bytes', 1, 2 ** 31 - 1),
  'disk-reserve-bytes': integer(0, 'Room on the disk that LMDB leaves; 0: 2 % of it, 4 to 64 MB', 0, 2 ** 40),
  'memory-limit-bytes': integer(0, 'Memory to do with; 0: what the cgroup or the machine has', 0, 2 ** 40),
  'body-budget-bytes': integer(0, 'Request bodies at once, beyond it 503; 0: 15 % of the memory', 0, 2 ** 40),
  'answer-budget-bytes': integer(0, 'Large answers unsent at once, beyond it 503; 0: 15 % of the memory', 0, 2 ** 40),
  // The kernel takes up to 2.5 MB from us at once: a reader of 32 KB/s is seen to move every 80 s.
  'answer-timeout-ms': integer(120_000, 'How long a client may read nothing of its answer', 100, 86_400_000),
  'max-event-loop-lag-ms': integer(3_000, 'Lag of the event loop beyond which requests are 503; 0 is off', 0, 600_000),
  'store-timeout-ms': integer(2_000, 'What the store may take for a call; a value adds 1 s per MB', 1, 600_000),
  'idempotency-ttl-ms': integer(86_400_000, 'How long an Idempotency-Key is remembered', 60_000, 2 ** 40),
  'shutdown-timeout-ms': integer(10_000, 'What requests in flight may take after SIGTERM', 0, 600_000),
  'log-level': text('info', 'Least severe log line to write', logLevels),
  'debug-routes': flag('Add /debug/cpu-profile and /debug/heap-snapshot'),
  'otlp-url': text('', 'Send traces to this OpenTelemetry collector, by OTLP over HTTP; off when absent'),
  'credentials-file': text('', 'YAML or JSON file with the credentials to take; read again on SIGHUP'),
  'failed-logins-per-minute': integer(30, 'Wrong credentials that one address may send in a minute', 1, 1_000_000),
  'insecure-no-auth': flag('Listen beyond loopback although there are no credentials'),
  'reset-clock': flag('Start by the system clock and drop the later time that the store remembers'),
  docs: flag('Add GET /docs: the API in a browser, by Swagger UI'),
  testing: flag('Add POST /testing/clock; loopback only'),
  'testing-seed': integer(0, 'With --testing: stand the clock still and seed all ids; 0 is off', 0, 2 ** 32 - 1),
  'ready-json': flag('Write one line of JSON with the bound address and the pid to stdout'),
} as const satisfies Record<string, OptionSpec<unknown>>;

export type OptionName = keyof typeof serveOptions;
export type ServeSettings = { readonly [Name in OptionName]: (typeof serveOptions)[Name]['default'] };

function text(value: string, describe: string, choices?: readonly string[]): OptionSpec<string> {
  return { kind: 'string', default: value, describe, ...(choices === undefined ? {} : { choices }) };
}

function integer(value: number, describe: string, minimum: number, maximum: number): OptionSpec<number> {
  return { kind: 'integer', default: value, describe, minimum, maximum };
}

function flag(describe: string): OptionSpec<boolean> {
  return { kind: 'boolean', default: false, describe };
}

/** The text of a credentials file, for who has no file: no flag, because every process can read the arguments. */
export const credentialsVariable = 'COMMANDER_CREDENTIALS';

export const optionNames = Object.keys(serveOptions) as OptionName[];

export function environmentName(option: string): string {
  return `COMMANDER_${option.replaceAll('-', '_').toUpperCase()}`;
}

export interface ConfigSources {
  /** Flags that were given, by option name. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The parsed YAML file; undefined when there is none. */
  readonly file: unknown;
}

/** Throws ConfigurationError that names the option, where it came from and what is wrong with it. */
export function resolveSettings(sources: ConfigSources): ServeSettings {
  const file = checkFile(sources.file);
  const entries = optionNames.map((name) => {
    const spec: OptionSpec<unknown> = serveOptions[name];
    const variable = environmentName(name);
    const given = [
      { from: `--${name}`, value: sources.flags[name] },
      { from: variable, value: sources.environment[variable] },
      { from: `${name} in the configuration file`, value: file[name] },
    ].find(({ value }) => value !== undefined);
    return [name, given === undefined ? spec.default : readOption(given.from, given.value, spec)];
  });
  const settings = Object.fromEntries(entries) as ServeSettings;
  checkTogether(settings, sources.environment[credentialsVariable] !== undefined);
  return settings;
}

/** Variables that look like options and are none: most likely misspelt. */
export function unknownVariables(environment: ConfigSources['environment']): readonly string[] {
  const known = [...optionNames.map(environmentName), credentialsVariable];
  return Object.keys(environment)
    .filter((name) => name.startsWith('COMMANDER_') && !known.includes(name))
    .map((name) => withNearest(name, known));
}

export function withNearest(word: string, known: readonly string[]): string {
  const close = nearest(word, known);
  return close === undefined ? word : `${word} (did you mean ${close}?)`;
}

function checkFile(file: unknown): Readonly<Record<string, unknown>> {
  if (file === undefined || file === null) return {};
  if (typeof file !== 'object' || Array.isArray(file)) {
    throw new ConfigurationError('The configuration file holds options as `name: value`, one a line.');
  }
  for (const name of Object.keys(file)) {
    if (!Object.hasOwn(serveOptions, name)) {
      throw new ConfigurationError(`The configuration file has no option ${withNearest(name, optionNames)}.`);
    }
  }
  return file as Readonly<Record<string, unknown>>;
}

function readOption(from: string, value: unknown, spec: OptionSpec<unknown>): unknown {
  if (spec.kind === 'boolean') return readBoolean(from, value);
  if (spec.kind === 'integer') return readInteger(from, value, spec);
  if (typeof value !== 'string' || value === '') throw new ConfigurationError(`${from} needs a text.`);
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    throw new ConfigurationError(
      `${from} is one of ${spec.choices.join(', ')}; got ${withNearest(value, spec.choices)}.`,
    );
  }
  return value;
}

function readBoolean(from: string, value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new ConfigurationError(`${from} is true or false, got ${JSON.stringify(value)}.`);
}

function readInteger(from: string, value: unknown, spec: OptionSpec<unknown>): number {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = spec;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < minimum || number > maximum) {
    throw new ConfigurationError(`${from} is an integer from ${minimum} to ${maximum}, got ${JSON.stringify(value)}.`);
  }
  return number;
}

function checkTogether(settings: ServeSettings, credentialsInEnvironment: boolean): void {
  checkCache(settings);
  const loopback = isLoopbackAddress(settings.host);
  const credentialsInFile = settings['credentials-file'] !== '';
  if (settings.testing && !loopback) {
    throw new ConfigurationError(`--testing listens on loopback only, not on ${settings.host}.`);
  }
  if (settings['testing-seed'] !== 0 && !settings.testing) {
    throw new ConfigurationError('--testing-seed needs --testing.');
  }
  if (credentialsInFile && credentialsInEnvironment) {
    throw new ConfigurationError(`Credentials come from --credentials-file or from ${credentialsVariable}, not both.`);
  }
  if ((settings['tls-cert'] === '') !== (settings['tls-key'] === '')) {
    throw new ConfigurationError('--tls-cert and --tls-key belong together.');
  }
  if (settings['rate-limit-burst'] > 0 && settings['rate-limit'] === 0) {
    throw new ConfigurationError('--rate-limit-burst needs --rate-limit.');
  }
  const credentials = credentialsInFile || credentialsInEnvironment;
  if (credentials && settings['insecure-no-auth']) {
    throw new ConfigurationError('--insecure-no-auth says that there are no credentials, and there are.');
  }
  if (!loopback && !credentials && !settings['insecure-no-auth']) {
    throw new ConfigurationError(
      `${settings.host} can be reached from other machines and there are no credentials. ` +
        'Give some with --credentials-file, listen on 127.0.0.1, or say --insecure-no-auth to let everybody in.',
    );
  }
}

function checkCache(settings: ServeSettings): void {
  const bounded = settings['cache-max-staleness-ms'] !== 0;
  if (settings['cache-bytes'] === 0) {
    if (bounded) throw new ConfigurationError('--cache-max-staleness-ms needs --cache-bytes.');
    if (settings['cache-sole-writer']) throw new ConfigurationError('--cache-sole-writer needs --cache-bytes.');
    return;
  }
  if (bounded || settings['cache-sole-writer'] || unsharedBackends.has(settings.backend)) return;
  throw new ConfigurationError(
    `Another process can write to the store (--backend ${settings.backend}), and the cache would not see it. Bound ` +
      'how old its values may be with --cache-max-staleness-ms, or say --cache-sole-writer if there is none.',
  );
}

export function isLoopbackAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
