import { expect, test } from 'vitest';
import { composeApp } from '../test-support/compose-app.ts';

/** Its name is looked for in the profile. */
function burnProcessor(untilMs: number): number {
  let rounds = 0;
  while (performance.now() < untilMs) rounds += 1;
  return rounds;
}

test('a CPU profile is one, and names a function that ran meanwhile', async () => {
  await using composed = composeApp();
  const burning = setInterval(() => burnProcessor(performance.now() + 20), 40);
  try {
    const answer = await composed.send('GET', '/debug/cpu-profile?seconds=1');
    expect(answer.headers['content-disposition']).toBe('attachment; filename="commander.cpuprofile"');
    const profile = JSON.parse(answer.body.toString()) as {
      readonly nodes: readonly { readonly callFrame: { readonly functionName: string } }[];
      readonly samples: readonly number[];
    };
    expect(profile.nodes.map(({ callFrame }) => callFrame.functionName)).toContain('burnProcessor');
    expect(profile.samples.length).toBeGreaterThan(0);
  } finally {
    clearInterval(burning);
  }
});

test('a second CPU profile at once is refused, one after it is not', async () => {
  await using composed = composeApp();
  const first = composed.send('GET', '/debug/cpu-profile?seconds=1');
  const second = await composed.send('GET', '/debug/cpu-profile?seconds=1');
  expect(second.problem).toMatchObject({ status: 409, code: 'debug_busy', retryable: true });
  expect((await first).status).toBe(200);
  expect((await composed.send('GET', '/debug/cpu-profile?seconds=1')).status).toBe(200);
});

test('a heap snapshot parses, and the next may be taken after it', async () => {
  await using composed = composeApp();
  for (let taken = 0; taken < 2; taken += 1) {
    const { body } = await composed.send('GET', '/debug/heap-snapshot');
    const snapshot = JSON.parse(body.toString()) as { readonly snapshot: { readonly node_count: number } };
    expect(snapshot.snapshot.node_count).toBeGreaterThan(1_000);
  }
}, 60_000);

test('a heap snapshot is refused while memory is short, and says what it needs', async () => {
  await using composed = composeApp({ debug: { availableBytes: () => 5_000_000 } });
  const refused = await composed.send('GET', '/debug/heap-snapshot');
  expect(refused.problem).toMatchObject({ status: 503, code: 'insufficient_memory' });
  expect(refused.problem?.detail).toMatch(/^A heap snapshot needs about \d+ MB and 5 MB are free\.$/);
  expect((await composed.send('GET', '/debug/heap-snapshot')).problem?.code).toBe('insufficient_memory');
});

test.each(['seconds=0', 'seconds=61', 'seconds=1.5', 'seconds='])('a CPU profile of %s is refused', async (query) => {
  await using composed = composeApp();
  const { problem } = await composed.send('GET', `/debug/cpu-profile?${query}`);
  expect(problem).toMatchObject({ status: 400, code: 'invalid_query' });
});

test('without --debug-routes they are absent, from the OpenAPI document too', async () => {
  await using composed = composeApp({ debug: 'off' });
  for (const path of ['/debug/cpu-profile', '/debug/heap-snapshot']) {
    expect((await composed.send('GET', path)).problem?.code).toBe('route_not_found');
  }
  const { paths } = JSON.parse((await composed.send('GET', '/openapi.json')).body.toString()) as { paths: object };
  expect(Object.keys(paths).filter((path) => path.startsWith('/debug/'))).toEqual(['/debug/log-level']);
});
