// What an action is, and the places that several actions share.
import { BROWSE_SCOPES, TEXT_SCOPES, type Need, type Scope } from './scopes.ts';

export type Group =
  | 'Move'
  | 'Layers'
  | 'Files'
  | 'Images'
  | 'Items'
  | 'Registry'
  | 'Containers'
  | 'Build'
  | 'View'
  | 'Find'
  | 'Phyllo'
  | 'Text';

export interface ActionShape {
  readonly title: string;
  readonly group: Group;
  readonly keys: readonly string[];
  readonly scopes: readonly Scope[];
  readonly needs?: readonly Need[];
  /** Not in the palette: moves, and what only makes sense as a key. */
  readonly keyOnly?: true;
}

export const LISTS = [...BROWSE_SCOPES, ...TEXT_SCOPES] as const;
export const STACKS = ['stack', 'live-stack', 'build-stack'] as const;
export const TREES = ['tree', 'live-tree', 'build-tree'] as const;
export const EXPLORE = [...STACKS, ...TREES, 'file'] as const;
export const CONTAINER = ['live-stack', 'live-tree', 'shell', 'events'] as const;
export const BUILD = ['source', 'output', 'build-stack', 'build-tree'] as const;
/** Where files are to be seen, in a pane of their own or beside another one. */
export const FILED = [...STACKS, ...TREES, 'shell', 'events', 'source', 'output'] as const;
/** Where the layers of an image, a container or a build are to be seen. */
export const LAYERED = [...FILED, 'file'] as const;
export const CONTAINERS = ['containers', ...CONTAINER] as const;
/** Where several panes may be on screen. */
export const TILED = ['stack', 'tree', ...CONTAINER, ...BUILD, 'comparison', 'bloat'] as const;
/** Where several panes may be gone to. */
export const PANES = [...EXPLORE, ...CONTAINER, ...BUILD, 'comparison', 'bloat'] as const;
/** Screens that are lists of what is outside of images. */
export const OUTSIDE = ['transfers', 'registry'] as const;
export const EVERYWHERE = [...LISTS, 'confirm'] as const;
