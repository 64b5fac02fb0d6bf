// What RUN runs and what the history says of it, heredocs included.
import { describe, expect, test } from 'vitest';
import type { RunInstruction } from '../../src/dockerfile/instruction.ts';
import { runCommand } from '../../src/build/run-command.ts';
import { after, dockerfile, history } from './stage-steps.ts';

function commandOf(lines: readonly string[], before: readonly string[] = []): ReturnType<typeof runCommand> {
  const run = dockerfile(['FROM scratch', ...lines]).instructions.at(-1) as RunInstruction;
  return runCommand(after(before), run);
}

describe('the words', () => {
  test.each([
    ['shell form', ['RUN echo  "a"'], ['/bin/sh', '-c', 'echo  "a"']],
    ['variables are the shell’s', ['RUN echo $HOME'], ['/bin/sh', '-c', 'echo $HOME']],
    ['exec form', ['RUN ["a", "$b"]'], ['a', '$b']],
    ['flags are no part', ['RUN --network=none --mount=type=tmpfs,target=/t x'], ['/bin/sh', '-c', 'x']],
    ['continued', ['RUN a && \\', '    b'], ['/bin/sh', '-c', 'a &&     b']],
    ['broken JSON', ['RUN ["a"'], ['/bin/sh', '-c', '["a"']],
    ['a lone heredoc is the script', ['RUN <<EOF', 'a', ' b $c', 'EOF'], ['/bin/sh', '-c', 'a\n b $c\n']],
    ['its tabs go with a dash', ['RUN <<-EOF', '\ta', '\t b', '\tEOF'], ['/bin/sh', '-c', 'a\n b\n']],
    [
      'the shell reads others itself',
      ['RUN cat <<EOF >/f', 'a', 'EOF'],
      ['/bin/sh', '-c', 'cat <<EOF >/f\na\nEOF'],
    ],
    [
      'several, with their tabs and quotes',
      ['RUN cat <<-"A" 3<<B', '\ta', '\tA', 'b', 'B'],
      ['/bin/sh', '-c', 'cat <<-"A" 3<<B\n\ta\nA\nb\nB'],
    ],
  ])('%s', (_, lines, argv) => {
    expect(commandOf(lines)).toEqual({ argv });
  });

  test('SHELL counts', () => {
    expect(commandOf(['RUN x'], ['SHELL ["/b", "-x"]']).argv).toEqual(['/b', '-x', 'x']);
    expect(commandOf(['RUN ["x"]'], ['SHELL ["/b", "-x"]']).argv).toEqual(['x']);
  });

  test('a heredoc that names its program is a file of its own', () => {
    expect(commandOf(['RUN <<EOF', '#!/usr/bin/python', 'print(1)', 'EOF'])).toEqual({
      argv: ['/bin/sh', '-c', '/dev/pipes/EOF'],
      file: { path: '/dev/pipes/EOF', content: '#!/usr/bin/python\nprint(1)\n' },
    });
  });

  test('its name leads nowhere else', () => {
    const { file } = commandOf(['RUN <<"../../etc/cron.d/x"', '#!/bin/sh', '../../etc/cron.d/x']);
    expect(file?.path).toBe('/dev/pipes/x');
  });
});

describe('history', () => {
  test.each([
    [['RUN echo a'], ['RUN /bin/sh -c echo a # buildkit']],
    [['RUN ["a","b c"]'], ['RUN a b c # buildkit']],
    [['RUN --mount=type=cache,target=/c x'], ['RUN /bin/sh -c x # buildkit']],
    [['RUN <<EOF', 'a', 'EOF'], ['RUN /bin/sh -c a\n # buildkit']],
  ])('%j', (lines, expected) => {
    expect(history(lines)).toEqual(expected);
  });

  test('arguments in the order of their declarations, each once, with what they are now', () => {
    const rows = history(['ARG B=1 A', 'ENV B=2', 'ARG C=3', 'ARG A', 'RUN x'], { args: { C: 'c' } });
    expect(rows.at(-1)).toBe('RUN |3 B=2 A= C=c /bin/sh -c x # buildkit');
  });

  test('what is given but not declared leaves no trace', () => {
    expect(history('RUN x', { args: { A: '1', HTTP_PROXY: 'p' } })).toEqual(['RUN /bin/sh -c x # buildkit']);
  });
});
