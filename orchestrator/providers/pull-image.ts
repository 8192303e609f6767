import type { Readable } from 'node:stream';
import { connectEngine } from './container-engine.ts';

interface PullEvent {
  readonly id?: string;
  readonly progressDetail?: { readonly total?: number };
  readonly error?: string;
}

/** Without a sign of life for this long the registry counts as out of reach. */
const silenceMs = 30_000;

/** The engine's own words, without the client's wrapping. */
function wordsOf(error: unknown): string {
  const said = (error as { json?: { message?: string } }).json?.message;
  return said ?? (error instanceof Error ? error.message : String(error));
}

/**
 * Fetches an image. Rejects with the engine's own reason, or when the registry stays silent. `tell` hears once how
 * much is fetched, as soon as the engine knows it.
 */
export async function pullImage(name: string, tell: (line: string) => void): Promise<void> {
  const { container } = await connectEngine();
  const { dockerode } = container;
  const abort = new AbortController();
  let silence = setTimeout(() => abort.abort(), silenceMs);
  const alive = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => abort.abort(), silenceMs);
  };
  const layers = new Map<string, number>();
  let told = false;
  const onEvent = (event: PullEvent): void => {
    alive();
    const total = event.progressDetail?.total;
    if (event.id !== undefined && total !== undefined) layers.set(event.id, total);
    // Three layers are known within the first second; the sum is a lower bound and said as one.
    if (!told && layers.size >= 3) {
      told = true;
      const bytes = [...layers.values()].reduce((sum, size) => sum + size, 0);
      tell(`${name}: at least ${Math.ceil(bytes / 1e6)} MB to fetch`);
    }
  };
  const pulling = (async () => {
    const stream = (await dockerode.pull(name)) as Readable;
    abort.signal.addEventListener('abort', () => stream.destroy(new Error('the registry stopped answering')));
    await new Promise<void>((resolve, reject) => {
      dockerode.modem.followProgress(
        stream,
        (error: Error | null) => (error === null || error === undefined ? resolve() : reject(error)),
        onEvent,
      );
    });
  })();
  const silent = new Promise<never>((_, reject) => {
    abort.signal.addEventListener('abort', () =>
      reject(new Error(`the registry did not answer for ${silenceMs / 1000} s`)),
    );
  });
  try {
    await Promise.race([pulling, silent]);
  } catch (error) {
    throw new Error(wordsOf(error).trim(), { cause: error });
  } finally {
    clearTimeout(silence);
    pulling.catch(() => undefined);
  }
}
