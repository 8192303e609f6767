import { ConfigurationError } from '../../configuration-error.ts';

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface RedisAccess {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
}

/** Where Redis is and how to sign in. */
export type RedisTarget =
  | (RedisAccess & RedisNode & { readonly kind: 'server'; readonly database: number })
  | (RedisAccess & {
      readonly kind: 'sentinel';
      /** The sentinels; the master is who they say it is. */
      readonly nodes: readonly RedisNode[];
      readonly masterName: string;
      readonly database: number;
    })
  /** Any of its nodes; they tell of the others. */
  | (RedisAccess & { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] });

const expected =
  'expected redis://[user:password@]host[:port][/database], redis+sentinel://host[:port][,...]/master[/database] or ' +
  'redis+cluster://host[:port][,...], and rediss instead of redis for TLS';
const ports = { server: 6379, sentinel: 26_379, cluster: 6379 } as const;

/** Reads a Redis URL. Throws ConfigurationError, which never repeats the URL: it may hold a password. */
export function parseRedisUrl(text: string): RedisTarget {
  const parts = /^(redis|rediss)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#]*)([^?#]*)(.*)$/i.exec(text);
  if (parts === null) throw new ConfigurationError(`The Redis URL is malformed: ${expected}.`);
  const [, scheme = '', form = 'server', user = '', hosts = '', path = '', rest = ''] = parts;
  const kind = form.toLowerCase() as keyof typeof ports;
  if (hosts === '' || hosts.startsWith(':')) {
    throw new ConfigurationError(`The Redis URL names no host: ${expected}.`);
  }
  if (rest !== '') throw new ConfigurationError(`The Redis URL takes no query and no fragment: ${expected}.`);
  const nodes = hosts.split(',').map((host) => readNode(host, ports[kind]));
  const [first] = nodes;
  if (first === undefined || (kind === 'server' && nodes.length > 1)) {
    throw new ConfigurationError(`The Redis URL names several hosts without sentinel or cluster: ${expected}.`);
  }
  const access = { ...readUser(user), tls: scheme.toLowerCase() === 'rediss' };
  if (kind === 'server') return { kind, ...first, ...access, database: readDatabase(path) };
  if (kind === 'sentinel') {
    const [, masterName = '', database = ''] = /^\/([^/]+)(\/.*)?$/.exec(path) ?? [];
    if (masterName === '') throw new ConfigurationError(`The Redis URL names no master: ${expected}.`);
    return { kind, nodes, masterName: decodePart(masterName) ?? '', ...access, database: readDatabase(database) };
  }
  if (path !== '' && path !== '/') {
    throw new ConfigurationError(`The Redis URL of a cluster names no database: ${expected}.`);
  }
  return { kind, nodes, ...access };
}

/** For the log: where, without credentials. */
export function describeTarget(target: RedisTarget): Readonly<Record<string, unknown>> {
  if (target.kind === 'server') return { host: target.host, port: target.port };
  const nodes = target.nodes.map(({ host, port }) => `${host}:${port}`);
  return target.kind === 'sentinel' ? { sentinels: nodes, master: target.masterName } : { cluster: nodes };
}

function readNode(text: string, defaultPort: number): RedisNode {
  const url = URL.parse(`redis://${text}`);
  if (url === null || url.hostname === '' || url.username !== '') {
    throw new ConfigurationError(`The Redis URL is malformed: ${expected}.`);
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? defaultPort : Number(url.port),
  };
}

function readDatabase(path: string): number {
  if (!/^\/?\d{0,5}$/.test(path)) {
    throw new ConfigurationError(`The Redis URL's path ends with the number of a database: ${expected}.`);
  }
  return Number(path.slice(1));
}

function readUser(text: string): Pick<RedisAccess, 'username' | 'password'> {
  const [username = '', ...password] = text.split(':');
  return { username: decodePart(username), password: decodePart(password.join(':')) };
}

function decodePart(part: string): string | undefined {
  if (part === '') return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ConfigurationError('The user or password in the Redis URL is not percent-encoded UTF-8.');
  }
}
