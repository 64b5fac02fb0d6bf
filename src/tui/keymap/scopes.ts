// Where keys go, and what an action may need that is not there.

/** Where keys move and command. A key has one meaning in all of them. */
export const BROWSE_SCOPES = [
  'images',
  'stack',
  'tree',
  'file',
  'containers',
  'live-stack', // the layers of a container, with its own on top
  'live-tree',
  'shell', // a container's terminal, looked at from outside
  'events',
  'commit',
  'source', // the Dockerfile of a build
  'output', // what a step of a build printed
  'build-stack', // the layers of the image at a step
  'build-tree',
  'comparison', // of two images: layers, files, settings, packages
  'difference', // of one file between them
  'bloat', // what of an image is wasted
  'transfers', // images on their way
  'registry', // repositories of a registry, or tags of a repository
  'help',
] as const;
/** Where letters are text; a key that prints is never looked up here. */
export const TEXT_SCOPES = ['filter', 'palette'] as const;

/** Inside of a container's terminal: all keys are its own but one. */
export const TERMINAL_SCOPE = 'terminal';

export type Scope =
  | (typeof BROWSE_SCOPES)[number]
  | (typeof TEXT_SCOPES)[number]
  | typeof TERMINAL_SCOPE
  | 'confirm';

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
  'dead-file': 'no layer above has changed or deleted this',
  'made-file': 'no file is at the cursor',
  file: 'this is not a regular file',
  text: 'bytes are not searched',
  filter: 'there is nothing to filter here',
  'older-version': 'no layer below has this file',
  matches: 'nothing matches',
  changes: 'this layer changes nothing',
  'upper-layer': 'this is the last layer',
  'lower-layer': 'this is the first layer',
  container: 'there is no container here',
  running: 'it does not run',
  stopped: 'it runs already',
  'two-marked': 'mark two of one image first',
  'another-marked': 'mark another image first',
  ended: 'it is still under way',
  terminal: 'it has no terminal',
  events: 'nothing has changed yet',
  'two-sides': 'there is one container here',
  demo: 'this is not the demo',
  'next-step': 'this is the last step',
  'previous-step': 'this is the first step',
  build: 'there is no build yet',
  'standing-still': 'the build is running; esc stops it',
  here: 'no step of this build is at the cursor',
  'step-done': 'this step has not run yet',
  'step-begun': 'this step has not run yet',
  'step-before': 'what is before it has not run yet',
  'marked-step': 'mark another step first',
  'own-dockerfile': 'the Dockerfile came from standard input',
} as const;

export type Need = keyof typeof NEEDS;
