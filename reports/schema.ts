/**
 * RunReport: the one contract between the orchestrator, its reporters and the documentation generator.
 * Every reporter is a pure function of a report. Times are RFC 3339 UTC, durations in milliseconds, sizes in bytes.
 */

import type { Static } from 'typebox';
import { Type } from 'typebox';

const Text = Type.String();
const NullableText = Type.Union([Type.String(), Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
const Ms = Type.Number({ minimum: 0 });
const strict = { additionalProperties: false } as const;

export const suiteNames = ['conformance', 'edge-cases', 'reliability', 'load', 'e2e'] as const;
export const SuiteName = Type.Enum(suiteNames);
export type SuiteName = (typeof suiteNames)[number];

/** 'target' is a server given by --target: its store is not known. */
export const backendNames = ['lmdb', 'redis', 'mongodb', 'memory', 'target'] as const;
export const BackendName = Type.Enum(backendNames);
export type BackendName = (typeof backendNames)[number];

export const providerNames = ['embedded', 'container', 'process', 'external', 'target'] as const;
export const ProviderName = Type.Enum(providerNames);
export type ProviderName = (typeof providerNames)[number];

/** How thorough a run is meant to be; a later one includes those before it. */
export const tierNames = ['pr', 'nightly', 'weekly'] as const;
export const Tier = Type.Enum(tierNames);
export type Tier = (typeof tierNames)[number];

export const Verdict = Type.Union([
  Type.Literal('passed'),
  Type.Literal('failed'),
  Type.Literal('inconclusive'),
  Type.Literal('skipped'),
]);
export type Verdict = Static<typeof Verdict>;

export const DurabilityProfile = Type.Object(
  {
    profile: Type.Union([
      Type.Literal('on-ack'),
      Type.Literal('prefix'),
      Type.Literal('none'),
      Type.Literal('unknown'),
    ]),
    windowMs: Type.Union([Ms, Type.Null()]),
    probedBy: Text,
  },
  strict,
);

/** The body of GET /api/v1/capabilities, as the suites read it. */
export const Capabilities = Type.Object(
  {
    limits: Type.Object(
      {
        keyBytes: Count,
        valueBytes: Count,
        ttlMs: Count,
        listItems: Count,
        /** 0: this server has no batch route. */
        batchItems: Count,
      },
      strict,
    ),
    atomicBatch: Type.Union([Type.Literal('none'), Type.Literal('collection'), Type.Literal('store')]),
    filter: Type.Boolean(),
    expiry: Type.Object({ precisionMs: Ms }, strict),
    durability: DurabilityProfile,
    testing: Type.Object({ clock: Type.Boolean() }, strict),
  },
  strict,
);
export type Capabilities = Static<typeof Capabilities>;

/** A server and store that cases were run against. */
export const Subject = Type.Object(
  {
    backend: BackendName,
    provider: ProviderName,
    image: Type.Union([Type.Object({ name: Text, digest: NullableText }, strict), Type.Null()]),
    engineVersion: NullableText,
    serverVersion: NullableText,
    durability: Type.Object({ declared: Text, probed: DurabilityProfile }, strict),
    capabilities: Capabilities,
  },
  strict,
);
export type Subject = Static<typeof Subject>;

/** What this machine can do: a tool, an engine, a provider. `mend` says what would make it available. */
export const Probe = Type.Object({ name: Text, available: Type.Boolean(), reason: Text, mend: NullableText }, strict);
export type Probe = Static<typeof Probe>;

/** Something that was asked for or usual and not done, and why. */
export const NotTested = Type.Object({ what: Text, reason: Text, mend: NullableText }, strict);
export type NotTested = Static<typeof NotTested>;

export const CaseRef = Type.Object({ backend: BackendName, suite: SuiteName, id: Text }, strict);
export type CaseRef = Static<typeof CaseRef>;

/** One request and its answer, made printable. Bodies above 2 KB are cut, and the cut is said. */
export const Exchange = Type.Object(
  {
    /** How to send the request by hand; `{url}` stands for the server's base URL. */
    curl: Text,
    request: Text,
    response: NullableText,
  },
  strict,
);
export type Exchange = Static<typeof Exchange>;

/** An operation of a history, as the report draws it. */
export const HistoryStep = Type.Object(
  {
    /** Its position in the history. */
    operation: Count,
    process: Count,
    /** What it did and how it ended. */
    what: Text,
    type: Type.Union([Type.Literal('ok'), Type.Literal('fail'), Type.Literal('info')]),
    /** Microseconds from the first of the steps on; null where it has no end. */
    fromUs: Type.Integer({ minimum: 0 }),
    toUs: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
    /** witness: one of those that suffice for the contradiction. impossible: nothing explains it. */
    role: Type.Union([Type.Literal('around'), Type.Literal('witness'), Type.Literal('impossible')]),
  },
  strict,
);
export type HistoryStep = Static<typeof HistoryStep>;

/** The part of a history in which a contradiction lies. */
export const HistoryExcerpt = Type.Object(
  {
    steps: Type.Array(HistoryStep),
    /** What the state may have been just before the impossible step. */
    statesBefore: Type.Array(Text),
  },
  strict,
);
export type HistoryExcerpt = Static<typeof HistoryExcerpt>;

/** What contradicted the claim. */
export const Finding = Type.Object(
  {
    expected: Text,
    actual: Text,
    exchange: Type.Union([Exchange, Type.Null()]),
    /** The smallest part of a history that shows the contradiction, as text. */
    witness: NullableText,
    /** The same as a picture; absent where no history was judged. */
    excerpt: Type.Optional(HistoryExcerpt),
    logRange: Type.Union([Type.Object({ file: Text, from: Count, to: Count }, strict), Type.Null()]),
  },
  strict,
);
export type Finding = Static<typeof Finding>;

/** A check on the case itself: below the minimum it did not test what it claims, and is inconclusive. */
export const VacuityGuard = Type.Object({ guard: Text, value: Type.Number(), minimum: Type.Number() }, strict);
export type VacuityGuard = Static<typeof VacuityGuard>;

export const Measurement = Type.Object({ name: Text, unit: Text, value: Type.Number() }, strict);
export type Measurement = Static<typeof Measurement>;

export const FaultRecord = Type.Object({ name: Text, target: Text, fromMs: Ms, toMs: Ms, evidence: Text }, strict);
export type FaultRecord = Static<typeof FaultRecord>;

/** A subject that had to lose what it acknowledged: without it a case of durability proves nothing. */
export const Control = Type.Object({ name: Text, acknowledged: Count, lost: Count }, strict);
export type Control = Static<typeof Control>;

export const CaseResult = Type.Object(
  {
    backend: BackendName,
    suite: SuiteName,
    id: Text,
    claim: Text,
    verdict: Verdict,
    /** Why, for everything but passed: a short code such as `finding`, `deadline`, `capability_absent`. */
    reasonCode: NullableText,
    /** One sentence for a person; null when passed. */
    reason: NullableText,
    seed: Count,
    startedAt: Text,
    durationMs: Ms,
    /** Largest resident memory of the server while the case ran; null where it was not sampled. */
    peakRssBytes: Type.Union([Count, Type.Null()]),
    operations: Type.Object({ ok: Count, fail: Count, info: Count }, strict),
    measurements: Type.Array(Measurement),
    faults: Type.Array(FaultRecord),
    vacuity: Type.Array(VacuityGuard),
    /** Absent where the case has none. */
    controls: Type.Optional(Type.Array(Control)),
    findings: Type.Array(Finding),
    history: Type.Union([Type.Object({ path: Text, sha256: Text, checkerVersion: Text }, strict), Type.Null()]),
    /** The command that runs this case again. */
    reproduce: Text,
  },
  strict,
);
export type CaseResult = Static<typeof CaseResult>;

/** A defect that was planted, and whether the harness found it. */
export const DefectRow = Type.Object(
  {
    name: Text,
    /** What the broken program does. */
    does: Text,
    layer: Text,
    caughtBy: Type.Object({ suite: SuiteName, id: Text }, strict),
    /** What in that case says no. */
    checker: Text,
    verdict: Type.Union([Type.Literal('caught'), Type.Literal('missed')]),
    /** Why it was missed; null when it was caught. */
    reason: NullableText,
    /** What the case said of it: expected, got. */
    said: NullableText,
    /** The same case, with the same seed, without the defect. */
    control: Verdict,
    /** A case that does not see the defect, and what it said. */
    unseenBy: Type.Union([Type.Object({ suite: SuiteName, id: Text, verdict: Verdict }, strict), Type.Null()]),
    durationMs: Ms,
  },
  strict,
);
export type DefectRow = Static<typeof DefectRow>;

export const RunReport = Type.Object(
  {
    schemaVersion: Type.Literal(1),
    id: Text,
    startedAt: Text,
    durationMs: Ms,
    tier: Tier,
    seed: Count,
    /** The command line, without credentials. */
    argv: Type.Array(Text),
    harness: Type.Object({ version: Text, commit: NullableText, dirty: Type.Boolean() }, strict),
    machine: Type.Object(
      {
        cpu: Text,
        cores: Count,
        memoryBytes: Count,
        kernel: Text,
        engine: NullableText,
        node: Text,
        root: Type.Boolean(),
      },
      strict,
    ),
    subjects: Type.Array(Subject),
    probes: Type.Array(Probe),
    notTested: Type.Array(NotTested),
    planned: Type.Array(CaseRef),
    results: Type.Array(CaseResult),
    /** Of a run that planted defects; its results are then those of the controls. */
    defects: Type.Optional(Type.Array(DefectRow)),
    series: NullableText,
    totals: Type.Object({ passed: Count, failed: Count, inconclusive: Count, skipped: Count }, strict),
    exit: Type.Object({ code: Type.Integer({ minimum: 0, maximum: 255 }), why: Text }, strict),
  },
  strict,
);
export type RunReport = Static<typeof RunReport>;
