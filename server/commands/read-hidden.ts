import { ConfigurationError } from '../configuration-error.ts';

const enter = new Set([0x0d, 0x0a, 0x04]);
const erase = new Set([0x7f, 0x08]);
const interrupt = 0x03;

/** Asks on the terminal, and reads a line that it does not show. */
export async function readHidden(question: string): Promise<Buffer> {
  const { stdin, stderr } = process;
  // Before the question: whoever answers at once is not to be shown.
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.resume();
  let line: Buffer = Buffer.alloc(0);
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      stdin.on('data', (chunk: Buffer) => {
        for (const byte of chunk) {
          if (enter.has(byte)) return resolve(line);
          if (byte === interrupt) return reject(new ConfigurationError('Given up.'));
          line = erase.has(byte) ? withoutLast(line) : Buffer.concat([line, Buffer.of(byte)]);
        }
      });
      stdin.once('end', () => resolve(line));
    });
  } finally {
    stdin.removeAllListeners('data').removeAllListeners('end').pause();
    stdin.setRawMode(false);
    stderr.write('\n');
  }
}

/** One character less: its last byte and those before it that only continue. */
function withoutLast(line: Buffer): Buffer {
  let end = line.length - 1;
  while (end > 0 && ((line[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return Buffer.from(line.subarray(0, Math.max(0, end)));
}
