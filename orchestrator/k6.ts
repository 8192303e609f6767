/** The load generator: a program by K6_BIN or on PATH, else a container image. npm's `k6` is a name without a program. */

import { mkdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Probe } from '../reports/schema.ts';
import type { K6Outcome, K6Run } from '../suites/suite.ts';
import type { Environment } from './environment.ts';
import type { Ledger } from './ledger.ts';
import { containerLabel } from './ledger.ts';
import { findProgram, firstLine, isExecutable } from './programs.ts';
import { connectEngine, inspectImage, probeContainerEngine, removeContainer } from './providers/container-engine.ts';
import { pullImage } from './providers/pull-image.ts';
import { startTracked } from './tracked-process.ts';
import { within } from './wait.ts';

/** Which k6 there is. */
export type K6 =
  | { readonly kind: 'program'; readonly path: string }
  | { readonly kind: 'image'; readonly image: string }
  | { readonly kind: 'absent' };

export interface FoundK6 {
  readonly k6: K6;
  readonly probe: Probe;
}

export interface K6Search {
  readonly environment: Environment;
  readonly image: string;
  /** Fetches the image when there is an engine and nothing else; otherwise only looks. */
  readonly fetchImage: boolean;
  readonly tell: (line: string) => void;
}

const mend = 'install k6 (https://grafana.com/docs/k6/latest/set-up/install-k6/) or set K6_BIN to the program';

function absent(reason: string): FoundK6 {
  return { k6: { kind: 'absent' }, probe: { name: 'k6', available: false, reason, mend } };
}

async function probeProgram(path: string): Promise<FoundK6> {
  try {
    const reason = `${path}: ${await firstLine(path, ['version'])}`;
    return { k6: { kind: 'program', path }, probe: { name: 'k6', available: true, reason, mend: null } };
  } catch (error) {
    return absent(`${path} version fails: ${(error as Error).message.split('\n', 1)[0]}`);
  }
}

async function probeImage(search: K6Search): Promise<FoundK6> {
  const { image } = search;
  const engine = await probeContainerEngine();
  if (!engine.available) return absent(`k6 is not on PATH, and ${engine.reason}`);
  const found: FoundK6 = {
    k6: { kind: 'image', image },
    probe: { name: 'k6', available: true, reason: `image ${image} on engine ${engine.reason}`, mend: null },
  };
  if ((await inspectImage(image)) !== undefined) return found;
  if (!search.fetchImage) return absent(`k6 is not on PATH, and the image ${image} is not here`);
  try {
    search.tell(`fetching the image ${image}, once. To avoid it: ${mend}`);
    await pullImage(image, search.tell);
    return found;
  } catch (error) {
    return absent(`k6 is not on PATH, and the image ${image} cannot be fetched: ${(error as Error).message}`);
  }
}

export async function findK6(search: K6Search): Promise<FoundK6> {
  const given = search.environment.K6_BIN;
  if (given !== undefined && given !== '') {
    return isExecutable(given) ? probeProgram(given) : absent(`K6_BIN is ${given}, which is no program`);
  }
  const path = findProgram('k6', search.environment);
  return path === undefined ? probeImage(search) : probeProgram(path);
}

export interface K6Context {
  readonly ledger: Ledger;
  readonly workFolder: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** Beside this module in a clone and in the built package alike. */
const scripts = join(import.meta.dirname, '..', 'suites', 'load', 'k6');
/** No outside address is asked for anything: neither usage reports nor extensions. */
const offline = { K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' };
const outputLines = 40;

function lastOutput(text: string): string {
  return text.trimEnd().split('\n').slice(-outputLines).join('\n');
}

async function collect(streams: readonly Readable[]): Promise<string> {
  const parts: string[] = [];
  const reads = streams.map(async (stream) => {
    for await (const chunk of stream) parts.push(String(chunk));
  });
  await Promise.allSettled(reads);
  return parts.join('');
}

async function runProgram(path: string, run: K6Run, summary: string, context: K6Context): Promise<[number, string]> {
  const started = await startTracked({
    command: path,
    arguments: ['run', '--quiet', join(scripts, run.script)],
    environment: { ...context.environment, ...offline, ...run.env, COMMANDER_SUMMARY: summary },
    stdio: ['ignore', 'pipe', 'pipe'],
    ledger: context.ledger,
    what: 'k6',
  });
  const { stdout, stderr } = started.child;
  const output = collect([stdout, stderr].filter((stream) => stream !== null));
  const abort = (): void => void started.kill();
  context.signal.addEventListener('abort', abort);
  try {
    const exit = await within(run.timeoutMs, started.exited, undefined);
    if (exit === undefined) await started.kill();
    // 105 is k6's own code for an end by signal.
    return [exit?.code ?? 105, await output];
  } finally {
    context.signal.removeEventListener('abort', abort);
  }
}

async function runImage(image: string, run: K6Run, summary: string, context: K6Context): Promise<[number, string]> {
  const { container: client } = await connectEngine();
  const leave = context.ledger.enter({ kind: 'container', what: `k6 from ${image}` });
  const inside = '/commander-k6';
  const variables = { ...offline, ...run.env, COMMANDER_SUMMARY: `${inside}/out/summary.json` };
  const container = await client.dockerode.createContainer({
    Image: image,
    Cmd: ['run', '--quiet', `${inside}/scripts/${run.script}`],
    Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    Labels: { [containerLabel]: context.ledger.id },
    Tty: true,
    HostConfig: {
      // The server listens on the loopback of this machine.
      NetworkMode: 'host',
      Binds: [`${scripts}:${inside}/scripts:ro`, `${dirname(summary)}:${inside}/out`],
    },
  });
  const abort = (): void => void removeContainer(container.id).catch(() => undefined);
  context.signal.addEventListener('abort', abort);
  try {
    await container.start();
    const ended = (container.wait() as Promise<{ StatusCode: number }>).catch(() => ({ StatusCode: 105 }));
    const exit = await within(run.timeoutMs, ended, undefined);
    const log = await container.logs({ stdout: true, stderr: true, tail: outputLines });
    return [exit?.StatusCode ?? 105, log.toString('utf8')];
  } finally {
    context.signal.removeEventListener('abort', abort);
    await removeContainer(container.id);
    leave();
  }
}

function readSummary(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** Runs one script to its end. A run past its time is ended, and its exit code is 105, k6's own for a signal. */
export async function runK6(k6: K6, run: K6Run, context: K6Context): Promise<K6Outcome> {
  if (k6.kind === 'absent') throw new Error('there is no k6 on this machine');
  mkdirSync(context.workFolder, { recursive: true });
  const folder = await mkdtemp(join(context.workFolder, 'k6-'));
  try {
    // The image's k6 runs as a user of its own.
    if (k6.kind === 'image') await chmod(folder, 0o777);
    const summary = join(folder, 'summary.json');
    const [exitCode, output] =
      k6.kind === 'program'
        ? await runProgram(k6.path, run, summary, context)
        : await runImage(k6.image, run, summary, context);
    return { exitCode, summary: readSummary(summary), output: lastOutput(output) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
