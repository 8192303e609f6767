import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { main } from './main.ts';

let written = '';

beforeEach(() => {
  written = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  // What the command line set up for a server that never came to be.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.removeAllListeners(signal);
});

/** Arguments, and what the one line on stderr says. */
const refused: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /A command is needed\. See commander --help\./],
  [['serv'], /Unknown command: serv\. See/],
  [['serve', 'extra'], /Unknown command: extra\. See/],
  [['serve', '--data', 'x', 'serve'], /Unknown command: serve\. See/],
  [['serve', '--testing', 'maybe'], /Unknown command: maybe\. See/],
  [['serve', '--prot', '80'], /There is no flag --prot \(did you mean port\?\)/],
  [['serve', '--Port', '80'], /There is no flag --Port \(did you mean port\?\)/],
  [['serve', '--max-value-byte=1'], /did you mean max-value-bytes\?/],
  [['serve', '--maxValueBytes', '1'], /did you mean max-value-bytes\?/],
  [['serve', '--__proto__', '5'], /There is no flag/],
  [['serve', '-p', '80'], /There is no flag --p/],
  [['serve', '--port'], /Not enough arguments following: port/],
  [['serve', '--config'], /Not enough arguments following: config/],
  [['serve', '--port', 'eighty'], /--port is an integer from 0 to 65535, got "eighty"/],
  [['serve', '--port', '0x50'], /--port is an integer/],
  [['serve', '--port=-1'], /--port is an integer/],
  [['serve', '--port='], /--port is an integer/],
  [['serve', '--no-port'], /There is no flag --no-port/],
  [['serve', '--no-testing'], /There is no flag --no-testing/],
  [['serve', '--port.a', '80'], /--port is an integer/],
  [['serve', '--port', '80', '--port', '81x'], /--port is an integer.*"81x"/],
  [['serve', '--data='], /--data needs a text/],
  [['serve', '--testing=maybe'], /--testing is true or false, got "maybe"/],
  [['serve', '--testing=1'], /--testing is true or false, got "1"/],
  [['serve', '--insecure-no-auth=yes'], /--insecure-no-auth is true or false, got "yes"/],
  [['serve', '--backend', 'lmbd'], /--backend is one of .* \(did you mean lmdb\?\)/],
  [['serve', '--testing', '--host', '0.0.0.0', '--insecure-no-auth'], /--testing listens on loopback only/],
  [['serve', '--host', '0.0.0.0', '--insecure-no-auth=false'], /--insecure-no-auth/],
  [['serve', '--testing=false', '--testing-seed', '7'], /--testing-seed needs --testing/],
  [['serve', '--config', '/nowhere/commander.yaml'], /\/nowhere\/commander\.yaml cannot be read/],
];

test.each(refused)('commander %j is refused with one line and exit code 2', async (argv, line) => {
  expect(await main(argv)).toBe(2);
  expect(written).toMatch(/^commander: .{10,300}\n$/);
  expect(written).toMatch(line);
});
