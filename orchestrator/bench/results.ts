/** What the rounds say: medians, and ratios within the same round. Pure functions of the measured rounds. */

import type { MeasuredRung } from './measure.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** Over another rung, round by round; above 1 is better than that rung. Undefined where nothing is known. */
export interface Ratios {
  readonly speed: Spread | undefined;
  /** Of the processor time for each request: less disturbed by a busy machine than speed. */
  readonly cpu: Spread | undefined;
}

export interface Summary {
  readonly perSecond: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** Microseconds of the server's processor for each request. */
  readonly cpuUs: number | undefined;
  /** Shares of the time that each side was at work. */
  readonly serverBusy: number | undefined;
  readonly generatorBusy: number | undefined;
  /** Anonymous memory of the server, in bytes. */
  readonly anonBytes: number | undefined;
}

/** Figures of one rung by round; NaN stands for what the system does not tell. */
function figuresOf({ rounds }: MeasuredRung) {
  return {
    perSecond: rounds.map(({ operations, elapsedMs }) => (operations / elapsedMs) * 1000),
    p50Ms: rounds.map(({ p50Ms }) => p50Ms),
    p99Ms: rounds.map(({ p99Ms }) => p99Ms),
    cpuUs: rounds.map(({ serverCpuMs, operations }) => ((serverCpuMs ?? Number.NaN) / operations) * 1000),
    serverBusy: rounds.map(({ serverCpuMs, elapsedMs }) => (serverCpuMs ?? Number.NaN) / elapsedMs),
    generatorBusy: rounds.map(({ generatorCpuMs, elapsedMs }) => (generatorCpuMs ?? Number.NaN) / elapsedMs),
    anonBytes: rounds.map(({ serverAnonBytes }) => serverAnonBytes ?? Number.NaN),
  };
}

function knownSpread(values: readonly number[]): Spread | undefined {
  return spreadOf(values.filter(Number.isFinite));
}

export function summarise(rung: MeasuredRung): Summary {
  const figures = figuresOf(rung);
  const median = (name: keyof Summary): number | undefined => knownSpread(figures[name])?.median;
  return {
    perSecond: median('perSecond'),
    p50Ms: median('p50Ms'),
    p99Ms: median('p99Ms'),
    cpuUs: median('cpuUs'),
    serverBusy: median('serverBusy'),
    generatorBusy: median('generatorBusy'),
    anonBytes: median('anonBytes'),
  };
}

export function ratiosOf(rung: MeasuredRung, over: MeasuredRung | undefined): Ratios {
  if (over === undefined) return { speed: undefined, cpu: undefined };
  const [own, other] = [figuresOf(rung), figuresOf(over)];
  const quotients = (above: readonly number[], below: readonly number[]): Spread | undefined =>
    knownSpread(above.map((value, round) => value / (below[round] ?? Number.NaN)));
  return { speed: quotients(own.perSecond, other.perSecond), cpu: quotients(other.cpuUs, own.cpuUs) };
}

/** What a reader must know before trusting the figures. */
export function remarksOn(rungs: readonly MeasuredRung[]): readonly string[] {
  const measured = rungs.filter(({ rounds }) => rounds.length > 0);
  const remarks: string[] = [];
  const strangers = spreadOf(measured.flatMap(({ rounds }) => rounds.flatMap((round) => round.strangersBusy ?? [])));
  if (strangers !== undefined) {
    const { median, most } = strangers;
    remarks.push(`other work took ${percent(median)} of the server's core at the median, ${percent(most)} at most`);
  }
  const restless = measured.filter(({ rounds }) => rounds.some((round) => (round.othersBusy ?? 0) > idleShare));
  if (restless.length > 0) {
    remarks.push(`the servers that should have been idle were not during ${namesOf(restless)}`);
  }
  const saturated = measured.filter((rung) => (summarise(rung).generatorBusy ?? 0) > saturatedShare);
  if (saturated.length > 0) {
    remarks.push(`the generator was saturated, so speed is a lower bound, for ${namesOf(saturated)}`);
  }
  return remarks;
}

/** Timers of idle servers stay below. */
const idleShare = 0.02;
const saturatedShare = 0.95;

function namesOf(rungs: readonly MeasuredRung[]): string {
  return rungs.map(({ id }) => id).join(', ');
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
