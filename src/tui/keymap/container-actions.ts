// The part of the table of actions that is about containers.
import { type ActionShape, BUILD, CONTAINER, CONTAINERS, OUTSIDE } from './action-shape.ts';
import { TERMINAL_SCOPE } from './scopes.ts';

export const CONTAINER_ACTIONS = {
  'containers.open': {
    title: 'all containers',
    group: 'Containers',
    keys: ['C'],
    scopes: [
      'images',
      'stack',
      'tree',
      'containers',
      ...CONTAINER,
      ...BUILD,
      'comparison',
      'bloat',
      ...OUTSIDE,
    ],
  },
  'images.open': {
    title: 'all images',
    group: 'Containers',
    keys: ['I'],
    scopes: ['images', 'stack', 'tree', ...CONTAINERS, 'comparison', 'bloat', ...OUTSIDE],
  },
  'container.start': {
    title: 'start',
    group: 'Containers',
    keys: ['U'],
    scopes: [...CONTAINERS, 'transfers'],
    needs: ['container', 'stopped'],
  },
  'container.stop': {
    title: 'stop',
    group: 'Containers',
    keys: ['H'],
    scopes: [...CONTAINERS, ...BUILD, 'transfers'],
    needs: ['container', 'running'],
  },
  'container.kill': {
    title: 'kill (asks first)',
    group: 'Containers',
    keys: ['K'],
    scopes: CONTAINERS,
    needs: ['container', 'running'],
  },
  'container.shell': {
    title: 'one more shell in it',
    group: 'Containers',
    keys: ['e'],
    scopes: CONTAINERS,
    needs: ['container', 'running'],
  },
  'container.logs': {
    title: 'what it printed (logs)',
    group: 'Containers',
    keys: ['p'],
    scopes: CONTAINERS,
    needs: ['container'],
  },
  'container.commit': {
    title: 'commit: an image of it, after a preview',
    group: 'Containers',
    keys: ['W'],
    scopes: [...CONTAINERS, 'commit'],
    needs: ['container', 'writable-store'],
  },
  'side.next': {
    title: 'the other container',
    group: 'Containers',
    keys: [';'],
    scopes: CONTAINER,
    needs: ['two-sides'],
  },
  'terminal.focus': {
    title: 'go to the terminal, or to the output of a build',
    group: 'Containers',
    keys: ['4'],
    scopes: [...CONTAINER, ...BUILD],
  },
  'events.focus': { title: 'go to the events', group: 'Containers', keys: ['5'], scopes: CONTAINER },
  'terminal.enter': {
    title: 'type into the terminal',
    group: 'Containers',
    keys: ['E'],
    scopes: CONTAINER,
    needs: ['terminal'],
  },
  // Letters and chords are the container's there, so a function key it is.
  'terminal.leave': {
    title: 'stop typing into the terminal',
    group: 'Containers',
    keys: ['f12'],
    scopes: [TERMINAL_SCOPE],
  },
  'step.next': {
    title: 'next step of the demo or the build',
    group: 'Containers',
    keys: ['>'],
    scopes: [...CONTAINER, ...BUILD],
    needs: ['demo', 'build', 'next-step'],
  },
  'step.previous': {
    title: 'previous step of the demo or the build',
    group: 'Containers',
    keys: ['<'],
    scopes: [...CONTAINER, ...BUILD],
    needs: ['demo', 'build', 'standing-still', 'previous-step'],
  },
  'commit.message': { title: 'message of the commit', group: 'Containers', keys: ['"'], scopes: ['commit'] },
} as const satisfies Record<string, ActionShape>;
