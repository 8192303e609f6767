import { PassThrough } from 'node:stream';
import { type ServeInput, serve } from '../commands/serve.ts';

export interface ServedHere extends AsyncDisposable {
  readonly url: string;
}

type Sources = Partial<Pick<ServeInput, 'flags' | 'configFile' | 'environment'>>;

/** `commander serve` in this process, on a free port and without a log. Rejects as it does when it cannot start. */
export async function serveHere(sources: Sources): Promise<ServedHere> {
  const stop = new AbortController();
  const stdout = new PassThrough();
  const ended = serve({
    flags: { port: 0, 'log-level': 'silent', ...sources.flags, 'ready-json': true },
    configFile: sources.configFile,
    environment: sources.environment ?? {},
    stdout,
    stop: stop.signal,
  });
  const ready = new Promise<Buffer>((resolve) => stdout.once('data', resolve));
  const line = await Promise.race([ready, ended.then((code) => Promise.reject(new Error(`It ended with ${code}`)))]);
  const { url } = JSON.parse(line.toString()) as { readonly url: string };
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
    },
  };
}
