// Where keys go, and what an action may need that is not there.

export type Scope = 'images' | 'stack' | 'tree' | 'file' | 'help' | 'filter' | 'palette' | 'confirm';

/** Where keys move and command. A key has one meaning in all of them. */
export const BROWSE_SCOPES = ['images', 'stack', 'tree', 'file', 'help'] as const;
/** Where letters are text; a key that prints is never looked up here. */
export const TEXT_SCOPES = ['filter', 'palette'] as const;

export function isTextScope(scope: Scope): boolean {
  return scope === 'filter' || scope === 'palette';
}

/** What an action may need and a screen may lack, with what is said when it does. */
export const NEEDS = {
  item: 'nothing is selected',
  image: 'there is no image here',
  'writable-store': 'the store is read-only',
  'image-in-store': 'this image is not in the store',
  index: 'the layers are still being read',
  file: 'this is not a regular file',
  text: 'bytes are not searched',
  'older-version': 'no layer below has this file',
  matches: 'nothing matches, or no filter is set',
  changes: 'this layer changes nothing',
  'upper-layer': 'this is the last layer',
  'lower-layer': 'this is the first layer',
} as const;

export type Need = keyof typeof NEEDS;
