// A process on a terminal of the agent's own.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startOnPty } from '../../../src/engine/linux/pty-process.ts';

test('what was held back when it ended is not lost', async () => {
  const script = 'echo first; read line; seq 1 300; echo last';
  const env = { PATH: '/usr/bin:/bin' };
  const command = { argv: ['/bin/sh', '-c', script], env, cwd: '/', program: 'sh', report: '' };
  let text = '';
  const terminal = startOnPty(command, undefined, (_, data) => {
    text += Buffer.from(data).toString();
    terminal.pause();
  });
  while (!text.includes('first')) await sleep(5);
  await terminal.write(Buffer.from('go\n'));
  expect(await terminal.ended).toBe(0);
  expect(text).toMatch(/\r\n300\r\nlast\r\n$/);
});
