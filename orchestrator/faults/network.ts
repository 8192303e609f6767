/** What a link between two ends does to their bytes. */

import type { LinkName, NetworkMode } from '../../suites/fault.ts';
import type { FaultGround, Injection, ProbeFault } from './injection.ts';
import type { LinkCounts } from './link/gate.ts';

export const probeNetwork: ProbeFault = async ({ source }) =>
  source.provider === 'external'
    ? {
        available: false,
        reason: 'a link cannot stand before a store that is not ours to address',
        mend: 'let the harness start it: --provider auto',
      }
    : { available: true, reason: 'a TCP proxy of the harness on each link that a case asks for', mend: null };

export interface NetworkOrder {
  readonly link: LinkName;
  readonly mode: NetworkMode;
  readonly seed: number;
}

export async function network({ ground }: FaultGround, { link: name, mode, seed }: NetworkOrder): Promise<Injection> {
  const link = ground.links[name];
  if (link === undefined) throw new Error(`the stage of the case has no link ${name}`);
  await link.begin(mode, seed);
  return {
    target: `${name} link, ${renderMode(mode)}`,
    heal: async () => evidenceOf(mode, await link.end()),
  };
}

function renderMode(mode: NetworkMode): string {
  if (mode.kind === 'latency') return `latency of ${mode.delayMs} +- ${mode.jitterMs} ms`;
  if (mode.kind === 'bandwidth') return `bandwidth of ${mode.bytesPerSecond} bytes/s`;
  if (mode.kind === 'reset') return mode.everyMs === 0 ? 'reset' : `reset every ${mode.everyMs} ms`;
  return mode.kind === 'drop-answer' ? `${mode.percent} % of the answers dropped` : mode.kind;
}

/** What each mode must have done at least once. */
const marks: Readonly<Record<NetworkMode['kind'], readonly [keyof LinkCounts, string] | undefined>> = {
  latency: ['bytesDelayed', 'bytes delayed'],
  bandwidth: ['bytesDelayed', 'bytes slowed down'],
  reset: ['connectionsReset', 'connections reset'],
  refuse: ['connectionsRefused', 'attempt of the link itself refused'],
  blackhole: ['bytesHeld', 'bytes held'],
  'half-open': ['halfOpened', 'connections without their far side'],
  'drop-answer': ['answersDropped', 'answers dropped after their request was delivered'],
  nothing: undefined,
};

/** Undefined when the counts show nothing of the mode. */
export function evidenceOf(mode: NetworkMode, counts: LinkCounts): string | undefined {
  const mark = marks[mode.kind];
  if (mark === undefined) return undefined;
  const [field, words] = mark;
  if (counts[field] === 0) return undefined;
  const { present, opened, connectionsReset, bytesOut, bytesBack } = counts;
  const resets = field === 'connectionsReset' ? '' : `, ${connectionsReset} reset`;
  return `${counts[field]} ${words}; ${present} connections and ${opened} new ones${resets}; passed ${bytesOut} bytes out, ${bytesBack} back`;
}
