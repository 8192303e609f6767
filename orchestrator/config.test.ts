import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from './config.ts';
import { flagOf, optionKeys, RunOptions, variableOf } from './options.ts';
import { UsageError } from './usage-error.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(
  flags: Record<string, unknown> = {},
  environment: Record<string, string> = {},
  file?: string,
): RunOptions {
  if (file !== undefined) writeFileSync(join(folder, 'orchestrator.yaml'), file);
  return loadConfig({ flags, environment, folder });
}

describe('precedence', () => {
  const file = 'jobs: 3\nseed: 3\nprovider: process\n';

  test('a flag wins over a variable, a variable over the file, the file over the default', () => {
    const options = load({ jobs: '1' }, { ORCHESTRATOR_JOBS: '2', ORCHESTRATOR_SEED: '2' }, file);
    expect(options).toMatchObject({ jobs: 1, seed: 2, provider: 'process', tier: 'pr' });
  });

  test('without any of them the defaults hold', () => {
    expect(load()).toMatchObject({ suite: ['conformance', 'edge-cases', 'e2e'], require: [], keep: false, repeat: 1 });
  });

  test('REDIS_IMAGE names the image, and ORCHESTRATOR_REDIS_IMAGE wins over it', () => {
    expect(load({}, { REDIS_IMAGE: 'valkey:8' }).redisImage).toBe('valkey:8');
    expect(load({}, { REDIS_IMAGE: 'a', ORCHESTRATOR_REDIS_IMAGE: 'b' }).redisImage).toBe('b');
  });

  test('a file is also read from where --config or ORCHESTRATOR_CONFIG says', () => {
    writeFileSync(join(folder, 'other.yaml'), 'jobs: 7\n');
    expect(load({ config: 'other.yaml' }).jobs).toBe(7);
    expect(load({}, { ORCHESTRATOR_CONFIG: join(folder, 'other.yaml') }).jobs).toBe(7);
  });
});

test('a list is given with commas or by repeating the flag', () => {
  expect(load({ suite: 'conformance, load' }).suite).toEqual(['conformance', 'load']);
  expect(load({ suite: ['conformance', 'load,edge-cases'] }).suite).toEqual(['conformance', 'load', 'edge-cases']);
});

describe('a mistake is a usage error that names the place', () => {
  test.each([
    [{ sute: 'x' }, {}, undefined, /--sute is not known; did you mean --suite\?/],
    [
      {},
      { ORCHESTRATOR_BACKENDS: 'x' },
      undefined,
      /ORCHESTRATOR_BACKENDS is not known; did you mean ORCHESTRATOR_BACKEND\?/,
    ],
    [{}, {}, 'fail_fast: true', /fail_fast is not known; did you mean failFast\?/],
    [{ seed: '-1' }, {}, undefined, /--seed takes plain digits/],
    [{ seed: ['1', '2'] }, {}, undefined, /--seed is given 2 times/],
    [{ seed: '' }, {}, undefined, /--seed needs a value/],
    [{ jobs: '0' }, {}, undefined, /--jobs .* is 0/],
    [{ provider: 'podman' }, {}, undefined, /--provider .* must be one of auto, container, process, external/],
    [{}, { ORCHESTRATOR_KEEP: 'yes' }, undefined, /ORCHESTRATOR_KEEP takes true or false/],
    [{}, {}, 'jobs: many', /--jobs \(jobs in a file\) is "many"/],
    [{}, {}, 'jobs: [', /orchestrator.yaml cannot be read/],
    [{}, {}, '- jobs', /must hold keys and values/],
    [{ config: 'absent.yaml' }, {}, undefined, /absent.yaml does not exist/],
  ])('%j %j %j', (flags, environment, file, message) => {
    const loading = () => load(flags as Record<string, unknown>, environment as Record<string, string>, file);
    expect(loading).toThrow(UsageError);
    expect(loading).toThrow(message);
  });
});

test('every option has a flag and a variable of its own', () => {
  expect(new Set(optionKeys.map(flagOf)).size).toBe(optionKeys.length);
  expect(flagOf('failFast')).toBe('fail-fast');
  expect(variableOf('k6Image')).toBe('ORCHESTRATOR_K6_IMAGE');
});

/** `vitest run -u` writes it anew. */
test('orchestrator.schema.json describes the file with these options', async () => {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'orchestrator.yaml',
    ...Type.Partial(RunOptions),
    additionalProperties: false,
  };
  expect(schema).not.toHaveProperty('required');
  const text = JSON.stringify(schema, null, 2).replace(
    /\[\s+([^[\]{}]*?)\s+\]/g,
    (_, items: string) => `[${items.replace(/\s+/g, ' ')}]`,
  );
  await expect(`${text}\n`).toMatchFileSnapshot('orchestrator.schema.json');
});
