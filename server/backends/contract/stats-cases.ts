import assert from 'node:assert/strict';
import { type ContractCase, inParallel } from './contract-case.ts';
import { callAt, shelfOf } from './subject.ts';

export const statsCases: readonly ContractCase[] = [
  {
    title: 'the statistics are whole numbers, or undefined where the store does not say',
    async run(subject) {
      await shelfOf(subject).set('key', 'value');
      const { bytes, freeBytes, records } = await subject.backend.stats(callAt(subject.nowMs));
      for (const figure of [bytes, freeBytes, records]) {
        assert.ok(figure === undefined || (Number.isSafeInteger(figure) && figure >= 0), `${figure}`);
      }
      if (bytes !== undefined)
        assert.ok(bytes > 0 && (freeBytes ?? 0) <= bytes, `${bytes}, of which free ${freeBytes}`);
    },
  },
  {
    title: 'where the store tells the number of its records, it is exact after 40 sets and 10 deletes',
    async run(subject) {
      const shelf = shelfOf(subject);
      const count = async (): Promise<number | undefined> =>
        (await subject.backend.stats(callAt(subject.nowMs))).records;
      const before = await count();
      await inParallel(40, 8, async (index) => void (await shelf.set(`key ${index}`, 'value')));
      if (before !== undefined) assert.equal(await count(), before + 40);
      for (let index = 0; index < 10; index += 1) await shelf.delete(`key ${index}`);
      if (before !== undefined) assert.equal(await count(), before + 30);
    },
  },
];
