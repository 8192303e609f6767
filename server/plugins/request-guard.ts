/**
 * What is refused before a route is looked at: what HTTP allows and this API does not, and, on loopback without
 * credentials, browsers of other sites (DNS rebinding and cross-site requests).
 */

import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CommanderError } from '../errors.ts';
import { maxUrlBytes } from '../http/url-limit.ts';
import { hasUnknownCoding } from './unread-body.ts';

export interface RequestGuardOptions {
  /** True while the server is bound to loopback and takes no credentials. */
  readonly loopbackOnly: boolean;
  /** Why a request is not worked on now; undefined while there is time for it. */
  readonly shed: () => CommanderError | undefined;
}

export function registerRequestGuard(app: FastifyInstance, options: RequestGuardOptions): void {
  app.addHook('onRequest', (request, _reply, done) => {
    done(refusal(request, options));
  });
}

/** Asked just when there is too much to do. */
function isAboutServer(url: string): boolean {
  return url.startsWith('/health/') || url.startsWith('/metrics');
}

/** Unencoded characters that no request target may hold; a `#` would end the path without a word. */
const illegalTarget = /[^!$-~]|[<>\\^`{|}]/;

function refusal(request: FastifyRequest, options: RequestGuardOptions): CommanderError | undefined {
  const { url = '' } = request.raw;
  if (url.length > maxUrlBytes) {
    return new CommanderError('url_too_long', `A URL has at most ${maxUrlBytes} bytes, got ${url.length}.`);
  }
  if (illegalTarget.test(url)) {
    return new CommanderError('malformed_url', 'The URL holds a character that has to be percent-encoded.');
  }
  const { host } = request.raw.headers;
  if (host === undefined && request.raw.httpVersionMinor === 1) {
    return new CommanderError('malformed_request', 'An HTTP/1.1 request names its Host.');
  }
  const ambiguous = ambiguity(request.raw);
  if (ambiguous !== undefined) return new CommanderError('malformed_request', ambiguous);
  const foreign = options.loopbackOnly ? foreignRefusal(request, host) : undefined;
  return foreign ?? (isAboutServer(url) ? undefined : options.shed());
}

/** What a proxy in front could understand otherwise than this server: RFC 9112 sections 3.2 and 6.1. */
function ambiguity({ rawHeaders, headers }: IncomingMessage): string | undefined {
  if (hasUnknownCoding(headers)) return 'The only transfer coding here is chunked.';
  let hosts = 0;
  let mediaTypes = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
    if (name.length === 12 && name.toLowerCase() === 'content-type') mediaTypes += 1;
  }
  return hosts > 1 || mediaTypes > 1 ? 'Host and Content-Type stand at most once.' : undefined;
}

/** The last host that passed: clients of a server name it the same way. */
let knownHost: string | undefined;

function foreignRefusal(request: FastifyRequest, host: string | undefined): CommanderError | undefined {
  const { origin, 'sec-fetch-site': site } = request.raw.headers;
  if (host !== undefined && host !== knownHost) {
    if (!isLoopbackHost(host)) {
      return new CommanderError('forbidden', 'Without credentials this server answers to loopback host names only.');
    }
    knownHost = host;
  }
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return new CommanderError('forbidden', 'Without credentials this server answers no request of another origin.');
  }
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return new CommanderError('forbidden', 'Without credentials this server answers no cross-site request.');
  }
  return undefined;
}

/** `localhost`, 127.0.0.0/8 and ::1, with or without a port. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  return name === 'localhost' || name === '[::1]' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}
