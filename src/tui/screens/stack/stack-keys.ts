// Where the keys of a stack go, and what is there for them.
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Scope } from '../../keymap/scopes.ts';
import { killerOf, makerOf } from './lives.ts';
import type { StackScreen } from './stack-screen.ts';

export function stackKeyContext(screen: StackScreen): KeyContext {
  const { files, layers, image, host, focus } = screen;
  const node = files?.selected;
  const rows = image?.rows ?? [];
  const index = layers?.selected?.index ?? 0;
  return {
    scope: scopeOf(screen),
    facts: {
      index: files !== undefined,
      item: focus === 'files' ? node !== undefined : layers?.selected !== undefined,
      image: image !== undefined,
      'image-in-store': image?.stored === true,
      'writable-store': !host.services.system.readOnly,
      'upper-layer': rows.some((row) => row.index > index && row.layer !== undefined),
      'lower-layer': rows.some((row) => row.index < index && row.layer !== undefined),
      changes: files !== undefined && files.lens.delta.nodes.length > 0,
      matches: files !== undefined && files.foundCount > 0,
      'dead-file': node !== undefined && killerOf(files!, node) !== undefined,
      'made-file': node !== undefined && makerOf(files!, node) !== undefined,
      'older-version': node !== undefined && files?.facts.versionBelow(node) !== undefined,
    },
  };
}

function scopeOf({ isLive, focus }: StackScreen): Scope {
  if (isLive) return focus === 'files' ? 'live-tree' : 'live-stack';
  return focus === 'files' ? 'tree' : 'stack';
}
