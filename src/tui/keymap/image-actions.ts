// The part of the table of actions that is about images.
import { type ActionShape, BUILD, CONTAINERS } from './action-shape.ts';

export const IMAGE_ACTIONS = {
  'arrangement.toggle': {
    title: 'list, or tree of shared layers',
    group: 'Images',
    keys: ['t'],
    scopes: ['images'],
  },
  'item.mark': {
    title: 'mark; in a commit, leave out or take along',
    group: 'Items',
    keys: ['v'],
    scopes: ['images', 'containers', 'commit', ...BUILD, 'bloat', 'registry'],
    needs: ['image', 'container', 'item', 'here', 'step-done'],
  },
  'items.compare': {
    title: 'compare two marked, or the marked one and this',
    group: 'Items',
    keys: ['|'],
    scopes: ['images', 'containers', 'registry'],
    needs: ['two-marked', 'another-marked'],
  },
  'item.name': {
    title: 'give it another name',
    group: 'Items',
    keys: ['T'],
    scopes: ['images', 'stack', 'commit', ...CONTAINERS, ...BUILD],
    needs: ['image', 'container', 'image-in-store', 'writable-store', 'here', 'step-done'],
  },
  'item.remove': {
    title: 'delete (asks first)',
    group: 'Items',
    keys: ['D'],
    scopes: ['images', ...CONTAINERS],
    needs: ['image', 'container', 'image-in-store', 'writable-store'],
  },
  'bloat.open': {
    title: 'what is wasted: dead bytes, duplicates, advice',
    group: 'Images',
    keys: ['%'],
    scopes: ['images', 'stack', 'tree'],
    needs: ['image'],
  },
  'image.run': {
    title: 'run a container of it',
    group: 'Images',
    keys: ['R'],
    scopes: ['images', 'stack'],
    needs: ['image', 'image-in-store', 'writable-store'],
  },
  'image.save': {
    title: 'save to a file',
    group: 'Images',
    keys: ['S'],
    scopes: ['images', 'stack'],
    needs: ['image', 'image-in-store'],
  },
  'image.load': {
    title: 'load from a file',
    group: 'Images',
    keys: ['L'],
    scopes: ['images'],
    needs: ['writable-store'],
  },
  'samples.make': {
    title: 'make the sample images',
    group: 'Images',
    keys: ['M'],
    scopes: ['images'],
    needs: ['writable-store'],
  },
} as const satisfies Record<string, ActionShape>;
