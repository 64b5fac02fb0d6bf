// Questions on the terminal. What is hidden is not echoed, and nobody keeps it.
import { createInterface } from 'node:readline/promises';
import { PhylloError } from '../lib/errors.ts';
import type { Context } from './context.ts';

const ENTER = new Set([0x0d, 0x0a, 0x04]);
const CTRL_C = 0x03;
const ERASE = new Set([0x08, 0x7f]);
const MAX_BYTES = 4096;

export async function askLine({ io, signal }: Context, question: string): Promise<string> {
  const terminal = createInterface({ input: io.stdin, output: io.stderr });
  try {
    return (await terminal.question(question, { signal })).trim();
  } finally {
    terminal.close();
  }
}

export async function askHidden({ io, signal }: Context, question: string): Promise<string> {
  const { stdin, stderr } = io;
  stderr.write(question);
  stdin.setRawMode?.(true);
  const typed: number[] = [];
  try {
    return await new Promise((resolve, reject) => {
      const cancel = (): void => reject(new PhylloError('cancelled', 'ask for password: cancelled'));
      const take = (chunk: Uint8Array): void => {
        for (const byte of chunk) {
          if (byte === CTRL_C) return cancel();
          if (ENTER.has(byte)) return resolve(Buffer.from(typed).toString('utf8'));
          if (ERASE.has(byte)) typed.pop();
          else if (typed.length < MAX_BYTES) typed.push(byte);
        }
      };
      signal.addEventListener('abort', cancel, { once: true });
      stdin.once('end', cancel);
      stdin.on('data', take);
    });
  } finally {
    stdin.removeAllListeners('data');
    stdin.pause();
    stdin.setRawMode?.(false);
    stderr.write('\n');
  }
}
