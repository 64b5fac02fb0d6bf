import { expect, test } from 'vitest';
import { runProgram } from '../../src/lib/run-program.ts';

test('a program is run to its end, with what it wrote', async () => {
  const script = 'echo "out $1"; echo "err $PWD" >&2';
  expect(await runProgram('sh', ['-c', script, 'sh', 'a b'], { cwd: '/' })).toEqual({
    stdout: 'out a b\n',
    stderr: 'err /\n',
  });
});

test('one that fails is told with what it wrote and how it ended', async () => {
  await expect(runProgram('sh', ['-c', 'echo out; echo why >&2; exit 3'])).rejects.toMatchObject({
    code: 3,
    stdout: 'out\n',
    stderr: 'why\n',
  });
});

test('one that is not there, and one that takes too long, are errors', async () => {
  await expect(runProgram('/no/such/program', [])).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(runProgram('sleep', ['1000'], { timeout: 50 })).rejects.toMatchObject({ killed: true });
});
