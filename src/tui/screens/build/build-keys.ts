// Where the keys of a build go, and what is there for them.
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Scope } from '../../keymap/scopes.ts';
import type { BuildScreen } from './build-screen.ts';
import type { BuildFocus } from './pane-focus.ts';
import { hasRun, stepBelow } from './build-steps.ts';

export function buildKeyContext(screen: BuildScreen): KeyContext {
  const { session, here, focus } = screen;
  const stack = screen.stack.keyContext().facts;
  const isRunning = screen.run.isRunning || session?.status === 'running';
  const below = session && here && stepBelow(session.steps, here);
  return {
    scope: scopeOf(focus),
    facts: {
      ...stack,
      ...(!screen.panes.inStack && { item: focus === 'source' ? here !== undefined : false }),
      ...(!screen.image.hasImage && { index: false, changes: false, matches: false }),
      build: session !== undefined,
      'standing-still': !isRunning,
      running: isRunning,
      'next-step': session !== undefined && session.position < session.steps.length,
      'previous-step': session !== undefined && session.position > 0,
      'upper-layer': true,
      'lower-layer': true,
      here: here !== undefined,
      'step-done': here !== undefined && hasRun(here),
      'step-begun': here !== undefined && here.status !== 'pending',
      'step-before': below !== undefined && hasRun(below),
      'marked-step': screen.marked !== undefined && screen.marked !== here?.id,
      'own-dockerfile': isOwn(screen),
      image: true,
      'image-in-store': true,
      'writable-store': !screen.host.services.system.readOnly,
    },
  };
}

function scopeOf(focus: BuildFocus): Scope {
  if (focus === 'files') return 'build-tree';
  return focus === 'source' || focus === 'output' ? focus : 'build-stack';
}

/** It is a file, which can be read again. */
function isOwn({ request: { context, file } }: BuildScreen): boolean {
  return context !== '-' && file !== '-';
}
