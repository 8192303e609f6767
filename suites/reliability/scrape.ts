import { expectStatus } from '../check.ts';
import { sendTo } from '../collection.ts';
import { parseExposition } from '../exposition.ts';
import type { Stage } from '../suite.ts';
import { CaseInconclusive } from '../verdict.ts';

/** The sum over the labels of one of the server's own numbers. */
export async function scrape(stage: Stage, name: string): Promise<number> {
  const answer = expectStatus(await sendTo(stage, { method: 'GET', path: '/metrics' }), 200);
  const samples = parseExposition(answer.body.toString()).flatMap((family) => family.samples);
  const found = samples.filter((sample) => sample.name === name);
  if (found.length === 0) throw new CaseInconclusive('no_metric', `/metrics does not tell ${name}`);
  return found.reduce((sum, { value }) => sum + value, 0);
}
