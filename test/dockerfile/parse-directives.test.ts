import { describe, expect, test } from 'vitest';
import { parse } from '../../src/dockerfile/parse.ts';
import { briefsOf } from './parsed.ts';

const NONE = { escape: '\\', check: { skip: [], error: false } };

describe('directives', () => {
  test.each([
    ['none', 'FROM a', NONE],
    ['syntax as written', '# syntax=docker/dockerfile:1 x', { ...NONE, syntax: 'docker/dockerfile:1 x' }],
    ['in any case, with any blanks', '  #\tEsCaPe \t= \t` ', { ...NONE, escape: '`' }],
    ['no blanks', '#escape=`', { ...NONE, escape: '`' }],
    [
      'several',
      '# syntax=docker/dockerfile:1\n# escape=`',
      { ...NONE, syntax: 'docker/dockerfile:1', escape: '`' },
    ],
    ['a comment above ends them', '# hello\n# escape=`', NONE],
    ['an unknown one ends them', '# foo=bar\n# escape=`', NONE],
    ['an empty line ends them', '\n# escape=`', NONE],
    ['an instruction ends them', 'FROM a\n# escape=`', NONE],
    ['no value is none', '# escape=\n# escape=`', NONE],
    [
      'a program line does not hide syntax',
      '#!/x\n# syntax=docker/dockerfile:1',
      { ...NONE, syntax: 'docker/dockerfile:1' },
    ],
    ['but escape', '#!/x\n# escape=`', NONE],
    ['checks', '# check=skip=A, B;error=true', { ...NONE, check: { skip: ['A', ''], error: false } }],
    ['checks to skip', '# check=skip=A,B', { ...NONE, check: { skip: ['A', 'B'], error: false } }],
    ['all checks', '# check=skip=all', { ...NONE, check: { skip: 'all', error: false } }],
    ['errors of checks', '# check=error=true;skip=A', { ...NONE, check: { skip: ['A'], error: true } }],
    ['experimental checks are unknown here', '# check=experimental=all', NONE],
  ])('%s', (_, source, expected) => {
    expect(parse(`${source}\nFROM base`).directives).toEqual(expected);
  });

  test.each([
    ['# escape=`\n# escape=`', ['2:10-2:11 error only one escape directive can be used']],
    [
      '# syntax=docker/dockerfile:1\n# syntax=docker/dockerfile:1',
      ['2:10-2:29 error only one syntax directive can be used'],
    ],
    ['# escape=x', ['1:10-1:11 error the escape character cannot be "x" (use \\ or `)']],
    ['# escape=\\\\', ['1:10-1:12 error the escape character cannot be "\\\\" (use \\ or `)']],
    ['# check=skp=A', ['1:9-1:14 error invalid check option "skp=A" (did you mean skip?)']],
    ['# check=all', ['1:9-1:12 error invalid check option "all" (use skip=NAME,… or error=true)']],
    ['# check=skip', ['1:9-1:13 error invalid check option "skip" (use skip=NAME,… or error=true)']],
    [
      '# check=error=maybe',
      ['1:9-1:20 error invalid check option "error=maybe" (use error=true or error=false)'],
    ],
    [
      '# syntax=evil/x',
      ['1:10-1:16 warning the frontend "evil/x" is not run (the file is read as a plain Dockerfile)'],
    ],
    ['# syntax=docker/dockerfile-evil', [expect.stringContaining('"docker/dockerfile-evil" is not run')]],
    ['# syntax=docker/dockerfile:1.7-labs', []],
    ['# syntax=docker.io/docker/dockerfile:1', []],
    ['# syntax=docker/dockerfile@sha256:00', []],
  ])('%j', (source, expected) => {
    expect(briefsOf(`${source}\nFROM base`)).toEqual(expected);
  });

  test('the first of two escape characters counts', () => {
    expect(parse('# escape=`\n# escape=\\\nFROM a').directives.escape).toBe('`');
  });
});
