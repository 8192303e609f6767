/** What stands between the clients and the app, as the settings want it: credentials, TLS, limits. */

import type { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { OpenCredentials } from '../access/open-credentials.ts';
import type { TlsFiles } from '../access/tls-files.ts';
import type { AppOptions } from '../app.ts';
import { type ConfigSources, credentialsVariable, isLoopbackAddress, type ServeSettings } from '../config.ts';
import type { Logger } from '../log.ts';

export interface Edge {
  readonly options: Pick<AppOptions, 'gate' | 'tls' | 'connections' | 'rateLimit' | 'loopbackOnly'>;
  /** Reads the files again that it was made from; undefined when there are none. */
  readonly reload: ((server: FastifyInstance['server']) => Promise<void>) | undefined;
}

/** Throws ConfigurationError. What the settings do not use is not loaded. */
export async function openEdge(
  settings: ServeSettings,
  environment: ConfigSources['environment'],
  log: Logger,
): Promise<Edge> {
  const credentials = await findCredentials(settings, environment, log);
  const tls = await findTls(settings, log);
  const perSecond = settings['rate-limit'];
  return {
    options: {
      gate: credentials?.gate,
      tls: tls?.context,
      connections: {
        maxConnections: settings['max-connections'],
        maxRequests: settings['max-requests'],
        requestTimeoutMs: settings['request-timeout-ms'],
        headersTimeoutMs: settings['headers-timeout-ms'],
        keepAliveTimeoutMs: settings['keep-alive-timeout-ms'],
      },
      rateLimit: perSecond === 0 ? undefined : { perSecond, burst: settings['rate-limit-burst'] || perSecond },
      loopbackOnly: isLoopbackAddress(settings.host) && credentials === undefined,
    },
    reload:
      credentials === undefined && tls === undefined
        ? undefined
        : async (server) => {
            await credentials?.reload();
            await tls?.reload(server as unknown as TlsServer);
          },
  };
}

async function findCredentials(
  settings: ServeSettings,
  environment: ConfigSources['environment'],
  log: Logger,
): Promise<OpenCredentials | undefined> {
  const path = settings['credentials-file'];
  const text = environment[credentialsVariable];
  if (path === '' && text === undefined) return undefined;
  const { openCredentials } = await import('../access/open-credentials.ts');
  const source =
    text === undefined
      ? ({ kind: 'file', path } as const)
      : ({ kind: 'text', text, from: credentialsVariable } as const);
  return openCredentials(source, { failuresPerMinute: settings['failed-logins-per-minute'], log });
}

async function findTls(settings: ServeSettings, log: Logger): Promise<TlsFiles | undefined> {
  const { 'tls-cert': cert, 'tls-key': key } = settings;
  if (cert === '') return undefined;
  const { openTlsFiles } = await import('../access/tls-files.ts');
  return openTlsFiles({ cert, key }, log);
}
