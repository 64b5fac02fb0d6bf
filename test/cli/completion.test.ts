// Completion scripts are understood by their shells and know every verb.
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { SHELLS, completionScript } from '../../src/cli/completion-script.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { needTool } from '../support/tools.ts';

test.each(SHELLS)('the script for %s knows every verb and flag', (shell) => {
  const script = completionScript(shell);
  for (const { names, options = [] } of VERBS) {
    for (const word of names.flatMap((name) => name.split(' '))) expect(script).toContain(word);
    for (const { flags } of options) expect(script).toContain(/--([\w-]+)/.exec(flags)![1]);
  }
});

describe.runIf(needTool('bash'))('bash', () => {
  const complete = (...words: string[]): string[] => {
    const script = `${completionScript('bash')}
      phyllo() { echo web:1; }
      COMP_WORDS=(phyllo ${words.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${words.length}
      _phyllo 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).split('\n').filter(Boolean);
  };

  test.each([
    [['la'], ['layers']],
    [
      ['image', 'p'],
      ['prune', 'pull', 'push'],
    ],
    [
      ['system', ''],
      ['df', 'prune', 'check', 'info'],
    ],
    [['tree', '--up'], ['--upto']],
    [['image', 'history', '--no-t'], ['--no-trunc']],
    [['samples', 'm'], ['make']],
    [['layers', 'w'], ['web:1']],
    [['image', 'save', '--form'], ['--format']],
  ])('completes %j', (words, expected) => {
    expect(complete(...words)).toEqual(expected);
  });
});
