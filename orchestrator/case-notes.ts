import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CaseResult } from '../reports/schema.ts';
import {
  type FinishedFile,
  type HistoryOrigin,
  type HistoryWriter,
  openHistoryWriter,
  type StoredCheck,
} from '../suites/history-file.ts';
import type { Stage } from '../suites/suite.ts';
import { createOperationTimes, type OperationTimes } from './operation-series.ts';

/** What a case said of itself, as its result takes it. */
type Noted = Pick<CaseResult, 'measurements' | 'vacuity' | 'faults' | 'controls' | 'operations' | 'history'>;

export interface CaseNotes {
  readonly note: Stage['note'];
  readonly openHistory: Stage['openHistory'];
  /** Of the operations of its history. */
  readonly times: OperationTimes;
  /** Ends a history that the case left open, and resolves with everything. */
  noted(): Promise<Noted>;
}

/** `name` is unique to the case in its run and may stand in a file name. */
export function createCaseNotes(runFolder: string, name: string, origin: HistoryOrigin): CaseNotes {
  const measurements: Noted['measurements'] = [];
  const vacuity: Noted['vacuity'] = [];
  const faults: Noted['faults'] = [];
  const controls: NonNullable<Noted['controls']> = [];
  const times = createOperationTimes();
  const operations = { ok: 0, fail: 0, info: 0 };
  const path = join('histories', `${name}.ndjson.zst`);
  let writer: HistoryWriter | undefined;
  let finished: Promise<FinishedFile> | undefined;
  let judgedBy = 'none';

  const finish = (checks: readonly StoredCheck[]): Promise<FinishedFile> => {
    if (writer === undefined) throw new Error('the case has no history to end');
    judgedBy = checks.map(({ checker, version }) => `${checker}-${version}`).join(' ') || judgedBy;
    finished ??= writer.finish(checks);
    return finished;
  };
  return {
    times,
    note: {
      measurement: (measurement) => void measurements.push({ ...measurement }),
      vacuity: (guard) => void vacuity.push({ ...guard }),
      fault: (fault) => void faults.push({ ...fault }),
      control: (control) => void controls.push({ ...control }),
      operations(counts) {
        operations.ok += counts.ok;
        operations.fail += counts.fail;
        operations.info += counts.info;
      },
    },
    openHistory() {
      if (writer !== undefined) throw new Error('the case has opened its history already');
      const file = join(runFolder, path);
      mkdirSync(dirname(file), { recursive: true });
      const opened = openHistoryWriter(file, origin);
      writer = opened;
      return {
        append(operation) {
          if (finished !== undefined) return;
          times.add(operation);
          opened.append(operation);
        },
        finish,
      };
    },
    async noted() {
      // Passing without having looked at what was recorded would prove nothing.
      if (writer !== undefined && finished === undefined) {
        vacuity.push({ guard: 'checks of the recorded history', value: 0, minimum: 1 });
      }
      // A file that could not be written has been told of by the case that wanted to judge it.
      const ended = writer === undefined ? undefined : await finish([]).catch(() => undefined);
      const history = ended === undefined ? null : { path, sha256: ended.sha256, checkerVersion: judgedBy };
      return { measurements, vacuity, faults, ...(controls.length > 0 ? { controls } : {}), operations, history };
    },
  };
}
