// Input that goes to a program as it is, but for the key that ends that.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RawKeys, type RawPiece } from '../../../src/tui/terminal/raw-keys.ts';

function fed(chunks: readonly (string | Uint8Array)[], leaveKeys: readonly string[] = ['f12']): string[] {
  const keys = new RawKeys();
  const pieces = chunks.flatMap((chunk) =>
    keys.feed(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk, leaveKeys),
  );
  return [...pieces, ...keys.flush()].map(described);
}

function described(piece: RawPiece): string {
  switch (piece.kind) {
    case 'bytes':
    case 'paste':
      return `${piece.kind} ${Buffer.from(piece.bytes).toString('latin1')}`;
    case 'leave':
      return `leave, then ${Buffer.from(piece.rest).toString('latin1')}`;
    case 'mouse':
      return `mouse ${piece.event.kind}`;
    case 'status':
      return 'status';
  }
}

function joined(pieces: readonly string[]): string {
  return pieces.map((piece) => piece.replace(/^bytes /, '')).join('');
}

describe('bytes', () => {
  test('pass as they are, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 4 }), (chunks) => {
        const all = Buffer.concat(chunks).toString('latin1');
        fc.pre(!/\x1b\[(?:200~|<|0n|3n|[IO]|24|M)/.test(all) && !all.includes('\x1b\x1b'));
        expect(joined(fed(chunks))).toBe(all);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['letters, controls and UTF-8', 'ls -l\r\x03\x1a\x00\xc3\xa9'],
    ['arrows and function keys', '\x1b[A\x1bOB\x1b[1;5C\x1bOP\x1b[15~\x1b[[A'],
    ['alt', '\x1bf\x1b\r'],
    ['answers that nobody asked for', '\x1b]11;rgb:0/0/0\x07\x1b[?62c'],
  ])('%s', (_, text) => {
    expect(joined(fed([text]))).toBe(text);
  });

  test('a lone escape waits for what may follow, and is given out when nothing does', () => {
    const keys = new RawKeys();
    expect(keys.feed(Buffer.from('x\x1b'), ['f12']).map(described)).toEqual(['bytes x']);
    expect(keys.pending).toBe(true);
    expect(keys.flush().map(described)).toEqual(['bytes \x1b']);
    expect(keys.pending).toBe(false);
  });
});

describe('the key that leads out', () => {
  test('is not handed on, and what comes after it is for somebody else', () => {
    expect(fed(['ab\x1b[24~cd'])).toEqual(['bytes ab', 'leave, then cd']);
  });

  test('is found when the network tears it apart at any place', () => {
    for (let at = 1; at < 5; at++) {
      const sequence = '\x1b[24~';
      expect(fed([`a${sequence.slice(0, at)}`, sequence.slice(at)])).toEqual(['bytes a', 'leave, then ']);
    }
  });

  test.each([
    ['ctrl-]', '\x1d'],
    ['f9', '\x1b[20~'],
    ['f1', '\x1bOP'],
    ['alt-x', '\x1bx'],
    ['~', '~'],
  ])('can be %s', (key, bytes) => {
    expect(fed([`a${bytes}b`], [key])).toEqual(['bytes a', 'leave, then b']);
    expect(joined(fed([`a${bytes}b`], ['f12']))).toBe(`a${bytes}b`);
  });

  test('within a paste is text', () => {
    expect(fed(['\x1b[200~a\x1b[24~b\x1b[201~c'])).toEqual(['paste a\x1b[24~b', 'bytes c']);
  });
});

describe('what is not the program’s', () => {
  test('answers to our own questions and the mouse are taken out', () => {
    expect(fed(['a\x1b[0nb\x1b[<64;3;4Mc\x1b[<35;3;4Md\x1b[Ie'])).toEqual([
      'bytes a',
      'status',
      'bytes b',
      'mouse wheel',
      'bytes c',
      'bytes d',
      'bytes e',
    ]);
  });
});

describe('pastes', () => {
  test('come without their marks, whole, also in many chunks', () => {
    expect(fed(['\x1b[200~first\n', 'second\x1b[2', '01~x'])).toEqual(['paste first\nsecond', 'bytes x']);
  });

  test('that are very long come in pieces that fit into memory', () => {
    const pieces = fed(['\x1b[200~', ...Array.from({ length: 40 }, () => 'x'.repeat(10_000)), '\x1b[201~']);
    expect(pieces.length).toBeGreaterThan(4);
    expect(pieces.map((piece) => piece.replace(/^paste /, '')).join('')).toHaveLength(400_000);
  });
});
