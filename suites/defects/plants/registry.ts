import { cachePlants } from './caches.ts';
import type { Plant } from './decorate.ts';
import { evictionPlants } from './evictions.ts';
import { expiryPlants } from './expiry.ts';
import { failurePlants } from './failures.ts';
import { writePlants } from './writes.ts';

/** What each defect of the catalogue that a server can have does to it. */
export const plants: Readonly<Record<string, Plant>> = {
  ...writePlants,
  ...expiryPlants,
  ...cachePlants,
  ...evictionPlants,
  ...failurePlants,
};
