import type { StoreEngine } from './engine.ts';
import { mongodbEngine } from './mongodb.ts';
import { redisEngine } from './redis.ts';

/** The stores that need a provider; the embedded ones live in the server. */
export const storeEngines: Readonly<Record<StoreEngine['backend'], StoreEngine>> = {
  redis: redisEngine,
  mongodb: mongodbEngine,
};
