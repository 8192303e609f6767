import { env } from 'node:process';

// biome-ignore-start lint/style/noProcessEnv: the one place of the tests that reads the environment
export const environment = {
  redisImage: env.REDIS_IMAGE ?? 'redis:7',
  mongodbImage: env.MONGODB_IMAGE ?? 'mongo:8',
  /** Engines whose absence is a failure. */
  required: new Set((env.COMMANDER_REQUIRE ?? '').split(',')),
} as const;
// biome-ignore-end lint/style/noProcessEnv: the one place of the tests that reads the environment
