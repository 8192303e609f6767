import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createTemporaryFolder } from '../../../test-support/temporary-folder.ts';

const gate = fileURLToPath(new URL('gate.ts', import.meta.url));

/** A process that enters, says so, and leaves when its input ends. */
function enter(folder: string) {
  const program = `
    import { enterGate } from ${JSON.stringify(gate)};
    const left = new Promise((resolve) => process.stdin.resume().on('end', resolve));
    const entry = await enterGate(${JSON.stringify(folder)});
    process.stdout.write('inside');
    await left;
    await entry[Symbol.asyncDispose]();
    process.exit(0);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let inside = false;
  child.stdout.once('data', () => {
    inside = true;
  });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    isInside: () => inside,
    leave: () => void child.stdin.end(),
    kill: () => void child.kill('SIGKILL'),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

test('processes pass one by one, and one that is killed inside lets the next one in', async () => {
  await using folder = await createTemporaryFolder();
  await using first = enter(folder.path);
  await expect.poll(first.isInside, { timeout: 10_000 }).toBe(true);
  await using second = enter(folder.path);
  await using third = enter(folder.path);
  const waiting = [second, third];
  const inside = () => waiting.filter((one) => one.isInside()).length;
  // Longer than a start takes.
  const settled = Date.now() + 1_500;
  await expect.poll(() => Date.now() > settled || inside() > 0, { timeout: 10_000 }).toBe(true);
  expect(inside()).toBe(0);
  first.kill();
  await expect.poll(inside, { timeout: 10_000 }).toBe(1);
  waiting.find((one) => one.isInside())?.leave();
  await expect.poll(inside, { timeout: 10_000 }).toBe(2);
});
