import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { keyText } from '../../../src/tui/terminal/key-names.ts';
import { KeyReader } from '../../../src/tui/terminal/keys.ts';
import type { MouseEvent } from '../../../src/tui/terminal/mouse.ts';
import { MAX_PASTE } from '../../../src/tui/terminal/paste.ts';
import { heapBytes } from '../../support/memory.ts';
import { VirtualClock } from '../../support/link.ts';
import { FakeInput } from '../../support/screen.ts';

let clock: VirtualClock;
let input: FakeInput;
let reader: KeyReader;
let batches: string[][];
let pastes: { text: string; truncated: boolean }[];
let mouse: MouseEvent[][];
let log: string[];

beforeEach(() => {
  clock = new VirtualClock();
  input = new FakeInput();
  batches = [];
  pastes = [];
  mouse = [];
  log = [];
  reader = new KeyReader(
    input,
    {
      onKeys: (keys) => {
        batches.push([...keys]);
        log.push(`keys ${keys.join(' ')}`);
      },
      onPaste: (text, truncated) => {
        pastes.push({ text, truncated });
        log.push(`paste ${text}`);
      },
      onMouse: (events) => {
        mouse.push([...events]);
        log.push(`mouse ${events.length}`);
      },
      onFocus: (focused) => log.push(`focus ${focused}`),
      onStatus: () => log.push('status'),
      onReply: (sequence) => log.push(`reply ${JSON.stringify(sequence)}`),
      onEnd: () => log.push('end'),
    },
    clock,
  );
  reader.start();
});

describe('keys', () => {
  test('ten keys in one chunk are ten keys in one batch', () => {
    input.send('jjjjjjjjjj');
    expect(batches).toEqual([Array(10).fill('j')]);
  });

  test('letters, arrows and controls mix in one chunk', () => {
    input.send('jj\x1b[Bjj\r\x04\x15\tG q\x7f');
    expect(batches).toEqual([
      ['j', 'j', 'down', 'j', 'j', 'enter', 'ctrl-d', 'ctrl-u', 'tab', 'G', 'space', 'q', 'backspace'],
    ]);
  });

  test.each([
    ['\x1b[A', 'up'],
    ['\x1bOA', 'up'],
    ['\x1b[1;5C', 'ctrl-right'],
    ['\x1b[1;2D', 'shift-left'],
    ['\x1b[1;3B', 'alt-down'],
    ['\x1b[1;8A', 'ctrl-alt-shift-up'],
    ['\x1b[H', 'home'],
    ['\x1bOF', 'end'],
    ['\x1b[1~', 'home'],
    ['\x1b[7~', 'home'],
    ['\x1b[4~', 'end'],
    ['\x1b[2~', 'insert'],
    ['\x1b[3~', 'delete'],
    ['\x1b[5~', 'pgup'],
    ['\x1b[6~', 'pgdn'],
    ['\x1b[6;5~', 'ctrl-pgdn'],
    ['\x1b[6^', 'ctrl-pgdn'],
    ['\x1b[Z', 'shift-tab'],
    ['\x1bOP', 'f1'],
    ['\x1b[[A', 'f1'],
    ['\x1b[11~', 'f1'],
    ['\x1b[15~', 'f5'],
    ['\x1b[24~', 'f12'],
    ['\x1bOM', 'enter'],
    ['\x1bOq', '1'],
    ['\n', 'enter'],
    ['\x08', 'backspace'],
    ['\x00', 'ctrl-space'],
    ['\x03', 'ctrl-c'],
    ['\x1a', 'ctrl-z'],
    ['\x1f', 'ctrl-_'],
    ['\x1bx', 'alt-x'],
    ['\x1b\x04', 'ctrl-alt-d'],
    ['\x1b\r', 'alt-enter'],
    ['\x1b[106;5u', 'ctrl-j'],
    ['\x1b[27;5;106~', 'ctrl-j'],
    ['\x1b[27u', 'esc'],
    ['é', 'é'],
    ['漢', '漢'],
    ['👩‍💻', '👩‍💻'],
    ['e\u0301', 'e\u0301'],
  ])('%j is %s', (bytes, expected) => {
    input.send(bytes);
    clock.advance(1000);
    expect(batches).toEqual([[expected]]);
  });

  test('every split of a chunk gives the same keys', () => {
    const bytes = Buffer.from('j\x1b[B\x1b[5~é\x1bOA漢\x1b[1;5Cx👩‍💻G');
    const expected = ['j', 'down', 'pgup', 'é', 'up', '漢', 'ctrl-right', 'x', '👩‍💻', 'G'];
    for (let at = 1; at < bytes.length; at++) {
      batches = [];
      input.send(bytes.subarray(0, at));
      clock.advance(40);
      input.send(bytes.subarray(at));
      clock.advance(1000);
      // A grapheme of several code points is one key only when it comes in one piece, as terminals send it.
      expect(batches.flat().join('').replaceAll('\u200d', '')).toBe(
        expected.join('').replaceAll('\u200d', ''),
      );
    }
  });

  test('byte by byte, 40 ms apart', () => {
    for (const byte of Buffer.from('\x1b[6~漢\x1b[1;5A')) {
      input.send(Uint8Array.of(byte));
      clock.advance(40);
    }
    expect(batches.flat()).toEqual(['pgdn', '漢', 'ctrl-up']);
  });

  test('a lone ESC is the key after 50 ms', () => {
    input.send('\x1b');
    clock.advance(49);
    expect(batches).toEqual([]);
    clock.advance(1);
    expect(batches).toEqual([['esc']]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('an arrow torn apart for longer than that is never letters', () => {
    input.send('\x1b');
    clock.advance(300);
    input.send('[B');
    clock.advance(1000);
    expect(batches).toEqual([['esc'], ['down']]);
  });

  test('ESC and later a bracket are two keys', () => {
    input.send('\x1b');
    clock.advance(300);
    input.send('[');
    clock.advance(1000);
    input.send(']');
    expect(batches.flat()).toEqual(['esc', '[', ']']);
  });

  test('ESC ESC is twice the key, ESC ESC [ A is ESC and an arrow', () => {
    input.send('\x1b\x1b');
    clock.advance(1000);
    input.send('\x1b\x1b[A');
    clock.advance(1000);
    expect(batches.flat()).toEqual(['esc', 'esc', 'esc', 'up']);
  });

  test('bytes that are no UTF-8 are no keys', () => {
    input.send(Uint8Array.of(0xff, 0x6a, 0xc3, 0x28, 0xe9));
    input.send('k');
    expect(batches.flat()).toEqual(['j', '(', 'k']);
  });

  test('unknown sequences are no keys', () => {
    input.send('\x1b[99~j\x1b[?1;2xk\x1b[1;1Ql');
    expect(batches.flat()).toEqual(['j', 'k', 'f2', 'l']);
  });

  test('a sequence that never ends does not grow without bound', () => {
    input.send('\x1b[');
    for (let i = 0; i < 10_000; i++) input.send('1;1;1;1;1;1;1;1;1;1;');
    clock.advance(1000);
    input.send('\x1b[Bj');
    expect(batches.flat().slice(-2)).toEqual(['down', 'j']);
  });
});

describe('what a key types', () => {
  test.each([
    ['a', 'a'],
    ['space', ' '],
    ['é', 'é'],
    ['👩‍💻', '👩‍💻'],
    ['up', undefined],
    ['ctrl-a', undefined],
    ['f1', undefined],
  ])('%s types %j', (key, text) => {
    expect(keyText(key)).toBe(text);
  });
});

describe('paste', () => {
  test('comes on its own channel, in order with the keys around it', () => {
    input.send('/\x1b[200~rm -rf q\x1b[201~\r');
    expect(log).toEqual(['keys /', 'paste rm -rf q', 'keys enter']);
  });

  test('is one line without controls', () => {
    input.send('\x1b[200~a\r\nb\tc\x1b[31md\x00\x07\x9be\x1b[201~');
    expect(pastes).toEqual([{ text: 'a b c[31mde', truncated: false }]);
  });

  test('may be torn anywhere', () => {
    const bytes = Buffer.from('\x1b[200~päste\x1b[201~j');
    for (let at = 1; at < bytes.length; at++) {
      log = [];
      input.send(bytes.subarray(0, at));
      clock.advance(40);
      input.send(bytes.subarray(at));
      expect(log).toEqual(['paste päste', 'keys j']);
    }
  });

  test('10 MB are cut at 64 KiB, quickly, and nothing of them runs as keys', () => {
    const chunk = 'qD\x1b[B\x1b'.repeat(10_000);
    const before = heapBytes();
    input.send('\x1b[200~');
    let sent = 0;
    for (; sent < 10_000_000; sent += chunk.length) input.send(chunk);
    expect(heapBytes() - before).toBeLessThan(2_000_000);
    input.send('\x1b[201~j');
    expect(pastes).toHaveLength(1);
    expect(pastes[0]!.text.length).toBeLessThanOrEqual(MAX_PASTE);
    expect(pastes[0]!.truncated).toBe(true);
    expect(batches).toEqual([['j']]);
  });

  test('without an end it ends by itself, and keys work again', () => {
    input.send('\x1b[200~abc');
    clock.advance(9_999);
    expect(log).toEqual([]);
    clock.advance(1);
    input.send('j');
    expect(log).toEqual(['paste abc', 'keys j']);
  });

  test('more text at once than anybody types is a paste even without brackets', () => {
    input.send('q'.repeat(5000));
    expect(batches).toEqual([]);
    expect(pastes).toEqual([{ text: 'q'.repeat(5000), truncated: false }]);
  });
});

describe('mouse, focus and answers', () => {
  test('wheel and clicks come in batches, from 0, in order with keys', () => {
    input.send('j\x1b[<64;10;5M\x1b[<65;10;5M\x1b[<0;1;1M\x1b[<0;1;1m\x1b[<18;3;4Mk');
    expect(log).toEqual(['keys j', 'mouse 5', 'keys k']);
    const [up, down, press, release, right] = mouse[0]!;
    expect(up).toEqual({
      kind: 'wheel',
      delta: -1,
      button: 'none',
      column: 9,
      row: 4,
      shift: false,
      alt: false,
      ctrl: false,
    });
    expect(down).toMatchObject({ kind: 'wheel', delta: 1 });
    expect(press).toMatchObject({ kind: 'press', button: 'left', column: 0, row: 0 });
    expect(release).toMatchObject({ kind: 'release', button: 'left' });
    expect(right).toMatchObject({ kind: 'press', button: 'right', ctrl: true });
  });

  test('motion, sideways wheels, X10 reports and nonsense are dropped', () => {
    input.send('\x1b[<35;1;1M\x1b[<66;1;1M\x1b[<0;0;1M\x1b[<0;1M\x1b[<0;99999999;1M\x1b[M !!j');
    expect(log).toEqual(['keys j']);
  });

  test('answers do not tear a batch of keys apart', () => {
    input.send('j\x1b[0nk\x1b[I\x1b[O\x1b[?64;1cl\x1b]11;rgb:0/0/0\x07\x1bP1$r0m\x1b\\m\x1b[12;40R');
    expect(log).toEqual([
      'status',
      'focus true',
      'focus false',
      String.raw`reply "\u001b[?64;1c"`,
      String.raw`reply "\u001b]11;rgb:0/0/0\u0007"`,
      String.raw`reply "\u001bP1$r0m\u001b\\"`,
      String.raw`reply "\u001b[12;40R"`,
      'keys j k l m',
    ]);
  });

  test('an answer torn apart by the network is no key', () => {
    input.send('\x1b[');
    clock.advance(300);
    input.send('0n');
    input.send('\x1b');
    clock.advance(40);
    input.send('[0nj');
    expect(log).toEqual(['status', 'status', 'keys j']);
  });
});

describe('the stream', () => {
  test('raw mode is on while it reads, and off again after', () => {
    expect(input).toMatchObject({ raw: true, flowing: true });
    reader.stop();
    expect(input).toMatchObject({ raw: false, flowing: false });
    input.send('j');
    expect(batches).toEqual([]);
    reader.start();
    input.send('k');
    expect(batches).toEqual([['k']]);
  });

  test('half a sequence from before a stop is forgotten', () => {
    input.send('\x1b');
    reader.stop();
    clock.advance(1000);
    reader.start();
    input.send('j');
    expect(batches).toEqual([['j']]);
    expect(clock.pendingTimers).toBe(0);
  });

  test.each(['end', 'close', 'error'])('its %s is told once', (event) => {
    input.emit(event, new Error('read EIO'));
    input.emit('error', new Error('read EIO'));
    input.emit('close');
    expect(log).toEqual(['end']);
    expect(input.raw).toBe(false);
  });

  test('a terminal that refuses to leave raw mode because it is gone is no error', () => {
    input.setRawMode = () => {
      throw new Error('setRawMode EIO');
    };
    expect(() => reader.stop()).not.toThrow();
  });

  test('no input makes it throw or hang, and none is lost after it', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
      fc
        .string({
          unit: fc.constantFrom(
            '\x1b',
            '[',
            'O',
            ']',
            'P',
            '<',
            '0',
            ';',
            '~',
            'M',
            'm',
            '2',
            '\x07',
            'é',
            'x',
          ),
        })
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, fc.nat(600)), { maxLength: 12 }), (chunks) => {
        for (const [chunk, wait] of chunks) {
          input.send(chunk);
          clock.advance(wait);
        }
        clock.advance(20_000);
        // An unfinished X10 report or UTF-8 sequence takes a few more bytes.
        input.send('....');
        clock.advance(20_000);
        batches = [];
        input.send('j');
        clock.advance(20_000);
        expect(batches.flat()).toEqual(['j']);
      }),
      { numRuns: 300 },
    );
  });
});
