import { expect, test } from 'vitest';
import { watchEventLoop } from './event-loop.ts';
import { createRegistry } from './registry.ts';

test('a stall of the event loop is in the histogram of its lag', async () => {
  const registry = createRegistry();
  using _watched = watchEventLoop(registry);
  const untilMs = performance.now() + 300;
  while (performance.now() < untilMs);
  const longest = async (): Promise<number> => {
    const text = await registry.render();
    const atMost = Number(/_bucket\{le="0\.2"\} (\d+)/.exec(text)?.[1]);
    return Number(/_count (\d+)/.exec(text)?.[1]) - atMost;
  };
  await expect.poll(longest).toBeGreaterThanOrEqual(1);
});
