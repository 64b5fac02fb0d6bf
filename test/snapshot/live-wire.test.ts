// A LiveLayer that goes through a pipe is the same; anything else is refused.
import { expect, test } from 'vitest';
import { decodeLiveLayer, encodeLiveLayer } from '../../src/snapshot/live-wire.ts';
import type { LiveLayer } from '../../src/snapshot/live-layer.ts';
import { layer } from '../support/layers.ts';

function sample(): LiveLayer {
  const tree = layer({
    'etc/': {},
    'etc/a': 'a',
    'etc/.wh.b': '',
    'caf\xe9': 'x',
    dev: { type: 'char', device: [5, 1] },
  });
  return {
    tree,
    changedBytes: new Map([[tree.find(Buffer.from('etc/a')), 1]]),
    movedFrom: new Map([[1, Buffer.from('old caf\xe9', 'latin1')]]),
  };
}

test('what was sent is what is received', () => {
  const live = sample();
  const received = decodeLiveLayer(encodeLiveLayer(live));
  expect(new Uint8Array(received.tree.buffer)).toEqual(new Uint8Array(live.tree.buffer));
  expect(received.changedBytes).toEqual(live.changedBytes);
  expect([...received.movedFrom].map(([node, path]) => [node, Buffer.from(path).toString('latin1')])).toEqual(
    [[1, 'old caf\xe9']],
  );
});

test('it may lie anywhere in a larger buffer', () => {
  const bytes = encodeLiveLayer(sample());
  const larger = Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(5)]);
  expect(decodeLiveLayer(larger.subarray(3, 3 + bytes.length)).tree.count).toBe(sample().tree.count);
});

test('every cut and every changed byte is refused or changes nothing that matters', () => {
  const whole = encodeLiveLayer(sample());
  for (let length = 0; length < whole.length; length++) {
    expect(() => decodeLiveLayer(whole.subarray(0, length))).toThrow(
      expect.objectContaining({ code: 'invalid-archive' }),
    );
  }
  expect(() => decodeLiveLayer(Buffer.concat([whole, Buffer.alloc(1)]))).toThrow(/size is wrong/);
  const columns = whole.length - sample().tree.buffer.byteLength;
  for (let at = columns; at < whole.length; at++) {
    const broken = Buffer.from(whole);
    broken[at]! ^= 0x55;
    expect(() => decodeLiveLayer(broken)).toThrow(expect.objectContaining({ code: 'invalid-archive' }));
  }
});

type Break = (live: LiveLayer) => LiveLayer | undefined;
const BREAKS: readonly (readonly [what: string, breakIt: Break])[] = [
  ['a circle', ({ tree }) => void (tree.parent[1] = 2)],
  ['children before their parent', ({ tree }) => void (tree.childStart[1] = 0)],
  ['children of a file', ({ tree }) => void (tree.type[0] = 0)],
  ['a name that ends before it starts', ({ tree }) => void (tree.nameStart[2] = 1_000_000)],
  ['a name with a slash', ({ tree }) => void (tree.names[0] = 0x2f)],
  ['a type that is none', ({ tree }) => void (tree.type[1] = 9)],
  ['a set of xattrs that is none', ({ tree }) => void (tree.xattrSet[1] = 1)],
  ['bytes for a node that is none', (live) => ({ ...live, changedBytes: new Map([[99, 1]]) })],
  ['less than no bytes', (live) => ({ ...live, changedBytes: new Map([[1, -1]]) })],
];

test.each(BREAKS)('%s is refused, though the checksum is right', (_, breakIt) => {
  const live = sample();
  const broken = breakIt(live) ?? live;
  expect(() => decodeLiveLayer(encodeLiveLayer(broken))).toThrow(
    expect.objectContaining({ code: 'invalid-archive' }),
  );
});
