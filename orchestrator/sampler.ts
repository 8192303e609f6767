/** Looks at a server four times a second while cases run on it: what its process takes, how late its event loop is. */

import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { BackendName } from '../reports/schema.ts';
import { type LagCounts, longestLagSeconds, readMetrics } from './read-metrics.ts';
import type { SeriesRecorder } from './series.ts';

export interface SampledServer {
  readonly backend: BackendName;
  readonly baseUrl: () => string;
  /** Undefined for a target, whose process only its own metrics tell of. */
  readonly pid: () => number | undefined;
  readonly authorization: string | undefined;
  /** False where a case counts connections and requests itself: asking for metrics takes of both. */
  readonly asked: boolean;
}

const everyMs = 250;
const timeoutMs = 10_000;
const maxBytes = 4_000_000;
/** Linux counts processor time in hundredths of a second, whatever the kernel's own tick (proc(5), USER_HZ). */
const ticksPerSecond = 100;

interface Usage {
  readonly atMs: number;
  readonly cpuSeconds: number;
}

/** Samples until it is disposed. A look that fails leaves a gap, nothing more: servers are killed on purpose here. */
export function startSampler(server: SampledServer, recorder: SeriesRecorder): Disposable {
  const { backend } = server;
  const asking = createAsking(server);
  let usage: Usage | undefined;
  let usageOf: number | undefined;
  let lag: LagCounts | undefined;
  let lookedMs = performance.now();

  const recordUsage = (rssBytes: number | undefined, cpuSeconds: number | undefined, pid: number | undefined): void => {
    const atMs = performance.now();
    if (rssBytes !== undefined) recorder.record(backend, 'rssBytes', { fromMs: atMs, toMs: atMs, value: rssBytes });
    const before = usageOf === pid ? usage : undefined;
    usage = cpuSeconds === undefined ? undefined : { atMs, cpuSeconds };
    usageOf = pid;
    if (before === undefined || usage === undefined || usage.cpuSeconds < before.cpuSeconds) return;
    const value = ((usage.cpuSeconds - before.cpuSeconds) / (atMs - before.atMs)) * 100_000;
    recorder.record(backend, 'cpuPercent', { fromMs: before.atMs, toMs: atMs, value });
  };
  const recordMetrics = (text: string): void => {
    const metrics = readMetrics(text);
    if (server.pid() === undefined) recordUsage(metrics.rssBytes, metrics.cpuSeconds, undefined);
    const atMs = performance.now();
    const seconds = lag === undefined || metrics.lag === undefined ? undefined : longestLagSeconds(lag, metrics.lag);
    if (seconds !== undefined) {
      // It lay somewhere since the last look, and took as long as it was.
      const fromMs = Math.max(lookedMs, atMs - seconds * 1000);
      recorder.record(backend, 'loopLagMs', { fromMs, toMs: atMs, value: seconds * 1000 });
    }
    lag = metrics.lag;
    lookedMs = atMs;
  };
  const look = (): void => {
    const pid = server.pid();
    const seen = pid === undefined ? undefined : readProcess(pid);
    if (seen !== undefined) recordUsage(seen.rssBytes, seen.cpuSeconds, pid);
    if (server.asked) asking.ask(recordMetrics);
  };
  look();
  const timer = setInterval(look, everyMs);
  timer.unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      asking[Symbol.dispose]();
    },
  };
}

interface Asking extends Disposable {
  /** Gets the metrics, unless the last answer is still awaited or the server turned out to have none. */
  ask(use: (text: string) => void): void;
}

/** One connection of its own, apart from those of the cases. */
function createAsking({ baseUrl, authorization }: SampledServer): Asking {
  const options = { keepAlive: true, maxSockets: 1 };
  const agents = { 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) };
  const headers = authorization === undefined ? {} : { authorization };
  let waiting = false;
  let absent = false;
  return {
    ask(use) {
      if (waiting || absent) return;
      waiting = true;
      const url = new URL(`${baseUrl().replace(/\/$/, '')}/metrics`);
      const secure = url.protocol === 'https:';
      const agent = secure ? agents['https:'] : agents['http:'];
      const asked = (secure ? httpsRequest : httpRequest)(url, { agent, headers, timeout: timeoutMs }, (answer) => {
        absent = answer.statusCode !== undefined && answer.statusCode >= 400 && answer.statusCode < 500;
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          text += part;
          if (text.length > maxBytes) asked.destroy();
        });
        answer.on('end', () => {
          if (answer.statusCode === 200) use(text);
        });
        answer.on('error', () => undefined);
      });
      asked.on('timeout', () => asked.destroy());
      asked.on('error', () => undefined);
      asked.on('close', () => {
        waiting = false;
      });
      asked.end();
    },
    [Symbol.dispose]() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** Undefined where the kernel does not tell, and for a process that is gone. */
function readProcess(pid: number): { readonly rssBytes: number; readonly cpuSeconds: number } | undefined {
  try {
    // The name, in parentheses, may hold anything; numbers come after the last of them (proc(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [userTicks = 0, systemTicks = 0] = fields.slice(11, 13).map(Number);
    const rssKb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (rssKb === undefined) return undefined;
    return { rssBytes: Number(rssKb) * 1024, cpuSeconds: (userTicks + systemTicks) / ticksPerSecond };
  } catch {
    return undefined;
  }
}
