// The Go templates that docker's --format takes.
import { describe, expect, test } from 'vitest';
import { parseTemplate } from '../../src/cli/go-template.ts';

const value = {
  ID: 'abc',
  Config: { Env: ['A=1', 'B=2'], Labels: { 'a.b': 'x', z: '1' }, Cmd: null, Tty: false },
  Size: 42,
  Evil: '\x1b[2J\n',
};

describe('a template', () => {
  test.each([
    ['{{.ID}}', 'abc'],
    ['{{ .ID }}/{{.Size}}', 'abc/42'],
    ['id: {{.ID}}\\t{{.Size}}', 'id: abc\t42'],
    ['{{.Config.Env}}', '[A=1 B=2]'],
    ['{{.Config.Labels}}', 'map[a.b:x z:1]'],
    ['{{.Config.Cmd}} {{.Config.Tty}}', '[] false'],
    ['{{json .Config.Env}}', '["A=1","B=2"]'],
    ['{{.Config.Env | json}}', '["A=1","B=2"]'],
    ['{{json .Evil}}', '"\\u001b[2J\\n"'],
    ['{{.Evil}}', '\\x1b[2J\\n'],
    ['{{index .Config.Env 1}}', 'B=2'],
    ['{{index .Config.Labels "a.b"}}', 'x'],
    ['{{index .Config.Labels "nope"}}', ''],
    ['{{len .Config.Env}}', '2'],
    ['{{join .Config.Env ", "}}', 'A=1, B=2'],
    ['{{upper .ID}} {{lower "X"}}', 'ABC x'],
    ['{{println .ID}}', 'abc\n'],
    ['{{- .ID -}}', 'abc'],
    ['no action', 'no action'],
  ])('%s', (text, expected) => {
    expect(parseTemplate(text)(value)).toBe(expected);
  });

  test.each([
    ['{{.Nope}}', 'there is no field Nope', 'Fields: ID, Config, Size, Evil.'],
    ['{{.Config.Nope}}', 'there is no field Nope', 'Fields: Env, Labels, Cmd, Tty.'],
    ['{{.ID.x}}', 'there is no field x', undefined],
    ['{{index .Config.Env 7}}', 'there is no element 7', undefined],
    ['{{range .Config.Env}}', 'range is not understood', undefined],
    ['{{.constructor}}', 'there is no field constructor', undefined],
    ['{{.ID', 'a {{ has no }}', undefined],
    ['{{}}', 'an action is empty', undefined],
  ])('%s is refused', (text, reason, hint) => {
    const use = (): string => parseTemplate(text)(value);
    expect(use).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining(reason) }),
    );
    expect(use).toThrow(expect.objectContaining(hint === undefined ? {} : { hint }));
  });
});
