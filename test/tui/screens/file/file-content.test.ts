// Text, colours and differences of files.
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileContent } from '../../../../src/app/services.ts';
import { MAX_TEXT_BYTES, looksBinary, readText } from '../../../../src/analysis/text-content.ts';
import { type DiffLine, diffLines } from '../../../../src/analysis/text-diff.ts';
import { displayLine } from '../../../../src/tui/screens/file/file-text.ts';
import { HexWindow } from '../../../../src/tui/screens/file/hex-window.ts';
import { languageOf, loadHighlighter } from '../../../../src/tui/screens/file/highlight.ts';

function content(data: Uint8Array): FileContent {
  return {
    sizeBytes: data.length,
    read: async (offset, length) => data.subarray(offset, offset + length),
    open: async () => Readable.from([data]),
  };
}

describe('text', () => {
  test.each<[string, readonly string[]]>([
    ['one\ntwo\n', ['one', 'two']],
    ['one\ntwo', ['one', 'two']],
    ['\n\n', ['', '']],
    ['', []],
  ])('%j is lines', async (text, lines) => {
    expect(await readText(content(Buffer.from(text)))).toMatchObject({ kind: 'text', lines });
  });

  test('a NUL or bytes that are not UTF-8 make a file binary; a character cut by the end of the sample does not', () => {
    expect(looksBinary(Buffer.from('a\0b'), false)).toBe(true);
    expect(looksBinary(Buffer.from([0xff, 0xfe]), false)).toBe(true);
    const cut = Buffer.from('aé').subarray(0, 2);
    expect(looksBinary(cut, true)).toBe(false);
    expect(looksBinary(cut, false)).toBe(true);
  });

  test('what is too long is cut, also in the middle of a character', async () => {
    const text = await readText(content(Buffer.from(`x${'é'.repeat(MAX_TEXT_BYTES)}`)));
    expect(text).toMatchObject({ kind: 'text', truncated: true });
    expect(text.kind === 'text' && text.lines[0]!.endsWith('é')).toBe(true);
  });

  test('tabs go to the next stop, the carriage return at the end goes, all else is made visible', () => {
    expect(displayLine('a\tb\r', 100)).toBe('a   b');
    expect(displayLine('abcd\tb', 100)).toBe('abcd    b');
    expect(displayLine('a\x1b[31mb\rc', 100)).toBe('a\\x1b[31mb\\rc');
    expect(displayLine('😀😀', 3)).toBe('😀\ufffd');
  });
});

describe('bytes', () => {
  test('are read again only where the window leaves what is held', async () => {
    const data = Uint8Array.from({ length: 300_000 }, (_, at) => at % 251);
    const reads: number[] = [];
    const source = content(data);
    const { promise: read, resolve: onRead } = Promise.withResolvers<void>();
    const window = new HexWindow(
      {
        ...source,
        read: (offset, length) => {
          reads.push(offset);
          return source.read(offset, length);
        },
      },
      onRead,
    );
    expect(window.rowCount).toBe(18_750);
    expect(window.rows(10_000, 40)).toBeUndefined();
    expect(window.rows(10_000, 40)).toBeUndefined();
    await read;
    expect(window.rows(10_000, 40)).toEqual(data.subarray(160_000, 160_640));
    expect(window.rows(10_020, 40)).toEqual(data.subarray(160_320, 160_960));
    expect(reads).toHaveLength(1);
  });
});

describe('colours', () => {
  test.each([
    ['/app/Dockerfile', '', 'bash'],
    ['/x.TS', '', 'typescript'],
    ['/bin/tool', '#!/usr/bin/env python3', 'python'],
    ['/bin/tool', '#!/bin/sh', 'bash'],
    ['/bin/tool', '#!/usr/bin/env node', 'javascript'],
    ['/etc/passwd', 'root:x', undefined],
  ])('%s that begins with %j is %s', (path, first, language) => {
    expect(languageOf(path, first)).toBe(language);
  });

  test('keep every character of every line in its place', async () => {
    const highlighter = (await loadHighlighter('typescript'))!;
    const line = fc.string({
      unit: fc.constantFrom('const ', 'x', '"', "'", '`', '/*', '*/', '//', '1', '${', '}', ' '),
    });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (lines) => {
        const pieces = highlighter.highlight(lines);
        expect(pieces.map((parts) => parts.map(({ text }) => text).join(''))).toEqual(lines);
      }),
    );
  });

  test('tell keywords, strings and comments apart', async () => {
    const highlighter = (await loadHighlighter('bash'))!;
    const [first, second] = highlighter.highlight(['# note', 'if true; then echo "x"; fi']);
    expect(first).toEqual([{ text: '# note', token: 'syntaxComment' }]);
    expect(second!.find(({ text }) => text === 'if')!.token).toBe('syntaxKeyword');
    expect(second!.find(({ text }) => text.includes('"x"'))!.token).toBe('syntaxString');
  });
});

describe('differences', () => {
  /** `-old`, `+new`, `@@ …` */
  const signs = { hunk: '', added: '+', removed: '-', same: ' ', note: '! ' } as const;
  const text = (lines: readonly DiffLine[]): string[] =>
    lines.map(({ kind, text: line }) => signs[kind] + line);

  test('are hunks with three lines around, numbered on both sides', async () => {
    const before = Array.from({ length: 20 }, (_, at) => `line ${at + 1}`);
    const lines = await diffLines(before, before.with(9, 'changed'));
    expect(text(lines)).toEqual([
      '@@ -7,7 +7,7 @@',
      ' line 7',
      ' line 8',
      ' line 9',
      '-line 10',
      '+changed',
      ' line 11',
      ' line 12',
      ' line 13',
    ]);
    expect(lines[4]).toMatchObject({ oldNumber: 10 });
    expect(lines[5]).toMatchObject({ newNumber: 10 });
    expect(lines[8]).toMatchObject({ oldNumber: 13, newNumber: 13 });
  });

  test('of equal texts are none', async () => {
    expect(await diffLines(['a'], ['a'])).toEqual([]);
  });

  test('bring the one text to the other', async () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lines, lines, async (before, after) => {
        const changes = await diffLines(before, after);
        const kept = changes.filter(({ kind }) => kind === 'added' || kind === 'same');
        for (const line of kept) expect(after[line.newNumber! - 1] ?? '').toBe(line.text);
        const removed = changes.filter(({ kind }) => kind === 'removed');
        for (const line of removed) expect(before[line.oldNumber! - 1] ?? '').toBe(line.text);
        const grown = changes.filter(({ kind }) => kind === 'added').length - removed.length;
        expect(grown).toBe(Math.max(1, after.length) - Math.max(1, before.length));
      }),
    );
  });

  test('that are too many to work out say so', async () => {
    const random = (seed: number): string[] =>
      Array.from({ length: 30_000 }, (_, at) => String((at * 7919 + seed) % 1_000_003));
    expect(text(await diffLines(random(1), random(500_000)))).toEqual([
      '! the versions differ too much to be compared line by line',
    ]);
  });
});
