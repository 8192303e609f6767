import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './environment.ts';

/** How the launcher of a device starts the server: the build writes it from the same file. */
export interface DeviceSettings {
  readonly nodeFlags: readonly string[];
  readonly environment: Environment;
}

export function readDeviceSettings(): DeviceSettings {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'device.json'), 'utf8')) as DeviceSettings;
}
