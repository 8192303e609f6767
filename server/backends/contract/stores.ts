/** Redis and MongoDB for the tests: as containers, else as processes of programs found on PATH. */

import { environment } from './environment.ts';
import { findImage } from './store-container.ts';
import { findProgram } from './store-program.ts';

/** A store that runs for the tests alone. Nothing of it is left when it is disposed. */
export interface Store extends AsyncDisposable {
  /** On loopback; may change with a restart. */
  readonly port: () => number;
  /** Kills it and starts it again on the same data. */
  restart(): Promise<void>;
}

/** A way to have a store that has been seen to be there. */
export interface FoundStore {
  /** For the tests' title. */
  readonly origin: string;
  start(): Promise<Store>;
}

export interface Recipe {
  readonly image: string;
  readonly containerPort: number;
  readonly containerArguments: readonly string[];
  readonly readyLog: RegExp;
  readonly program: string;
  readonly programArguments: (port: number, folder: string) => readonly string[];
}

/** The snapshot's name is that of a folder, so that a snapshot can be made to fail. */
const durableRedis = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--dbfilename', 'appendonlydir'];

export function findRedis(): Promise<FoundStore> {
  return findStore({
    image: environment.redisImage,
    containerPort: 6379,
    containerArguments: durableRedis,
    readyLog: /Ready to accept connections/,
    program: 'redis-server',
    programArguments: (port, folder) => ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, ...durableRedis],
  });
}

export function findMongodb(): Promise<FoundStore> {
  const image = environment.mongodbImage;
  const replicaSet = ['--replSet', 'contract'];
  return findStore({
    image,
    containerPort: 27_017,
    // An image that only speaks the protocol may know no replica sets.
    containerArguments: /(^|\/)mongo(:|@|$)/.test(image) ? [...replicaSet, '--bind_ip_all'] : [],
    readyLog: /mongodb ready|Waiting for connections/,
    program: 'mongod',
    programArguments: (port, folder) => [
      ...['--port', `${port}`, '--bind_ip', '127.0.0.1', '--dbpath', folder],
      ...replicaSet,
    ],
  });
}

/** A container first, else the program. Rejects with both reasons. */
async function findStore(recipe: Recipe): Promise<FoundStore> {
  try {
    return await findImage(recipe);
  } catch (error) {
    try {
      return await findProgram(recipe);
    } catch (second) {
      throw new Error(`no container of ${recipe.image}: ${firstLine(error)}; ${firstLine(second)}`, { cause: second });
    }
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
