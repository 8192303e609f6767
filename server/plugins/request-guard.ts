/**
 * What is refused before a route is looked at: what HTTP allows and this API does not, and, on loopback without
 * credentials, browsers of other sites (DNS rebinding and cross-site requests).
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CommanderError } from '../errors.ts';
import { maxUrlBytes } from '../http/url-limit.ts';

export interface RequestGuardOptions {
  /** True while the server is bound to loopback and takes no credentials. */
  readonly loopbackOnly: boolean;
}

export function registerRequestGuard(app: FastifyInstance, options: RequestGuardOptions): void {
  app.addHook('onRequest', (request, _reply, done) => {
    done(refusal(request, options));
  });
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
  return options.loopbackOnly ? foreignRefusal(request, host) : undefined;
}

function foreignRefusal(request: FastifyRequest, host: string | undefined): CommanderError | undefined {
  const { origin, 'sec-fetch-site': site } = request.raw.headers;
  if (host !== undefined && !isLoopbackHost(host)) {
    return new CommanderError('forbidden', 'Without credentials this server answers to loopback host names only.');
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
