// The part of the table of actions that is about registries and transfers.
import { type ActionShape, BUILD, CONTAINERS, OUTSIDE } from './action-shape.ts';

export const REGISTRY_ACTIONS = {
  'registry.open': {
    title: 'look at a registry: its repositories, or the tags of one',
    group: 'Registry',
    keys: ['@'],
    scopes: ['images', 'stack', 'tree', ...OUTSIDE],
  },
  'image.pull': {
    title: 'pull from a registry',
    group: 'Registry',
    keys: [','],
    scopes: ['images', 'stack', ...OUTSIDE],
    needs: ['writable-store'],
  },
  'image.push': {
    title: 'push to a registry',
    group: 'Registry',
    keys: ['$'],
    scopes: ['images', 'stack'],
    needs: ['image', 'image-in-store'],
  },
  'registry.login': {
    title: 'log in to a registry',
    group: 'Registry',
    keys: ['Y'],
    scopes: ['images', 'stack', ...OUTSIDE],
  },
  'transfers.open': {
    title: 'pulls, pushes, loads and saves',
    group: 'Registry',
    keys: ['Q'],
    scopes: ['images', 'stack', 'tree', 'file', ...CONTAINERS, ...BUILD, 'comparison', 'bloat', ...OUTSIDE],
  },
  'transfer.forget': {
    title: 'take what has ended off the list',
    group: 'Registry',
    keys: ['\\'],
    scopes: ['transfers'],
    needs: ['item', 'ended'],
  },
} as const satisfies Record<string, ActionShape>;
