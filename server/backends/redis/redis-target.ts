import { ConfigurationError } from '../../configuration-error.ts';

/** Where a Redis server is and how to sign in. */
export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: boolean;
}

const expected = 'expected redis://[user:password@]host[:port][/database] or rediss:// for TLS';

/** Reads a Redis URL. Throws ConfigurationError, which never repeats the URL: it may hold a password. */
export function parseRedisUrl(text: string): RedisTarget {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'redis:' && url.protocol !== 'rediss:')) {
    throw new ConfigurationError(`The Redis URL is malformed: ${expected}.`);
  }
  if (url.hostname === '') throw new ConfigurationError(`The Redis URL names no host: ${expected}.`);
  if (url.search !== '' || url.hash !== '') {
    throw new ConfigurationError(`The Redis URL takes no query and no fragment: ${expected}.`);
  }
  if (!/^\/?\d{0,5}$/.test(url.pathname)) {
    throw new ConfigurationError(`The Redis URL's path is the number of a database: ${expected}.`);
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 6379 : Number(url.port),
    username: decodePart(url.username),
    password: decodePart(url.password),
    database: Number(url.pathname.slice(1)),
    tls: url.protocol === 'rediss:',
  };
}

function decodePart(part: string): string | undefined {
  if (part === '') return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ConfigurationError('The user or password in the Redis URL is not percent-encoded UTF-8.');
  }
}
