import { expect, test } from 'vitest';
import { NodeType } from '../../src/tree/layer-tree.ts';
import { modeText } from '../../src/tree/mode-text.ts';

test.each([
  [NodeType.file, 0o644, '-rw-r--r--'],
  [NodeType.file, 0o4755, '-rwsr-xr-x'],
  [NodeType.file, 0o4644, '-rwSr--r--'],
  [NodeType.file, 0o2755, '-rwxr-sr-x'],
  [NodeType.dir, 0o1777, 'drwxrwxrwt'],
  [NodeType.dir, 0o1776, 'drwxrwxrwT'],
  [NodeType.symlink, 0o777, 'lrwxrwxrwx'],
  [NodeType.char, 0o620, 'crw--w----'],
  [NodeType.block, 0o660, 'brw-rw----'],
  [NodeType.fifo, 0o600, 'prw-------'],
])('type %i with mode %i is %s', (type, mode, text) => {
  expect(modeText(type, mode)).toBe(text);
});
