// What the keys of a build's screen do, beside those of its layers and files.
import type { ActionId, Handlers } from '../../keymap/actions.ts';
import { paneBeside } from '../../pane-order.ts';
import type { BuildScreen } from './build-screen.ts';
import type { BuildFocus } from './pane-focus.ts';
import { compareSteps, openImageHere, openShell, tagHere } from './build-work.ts';
import { askForPath, toggleHere } from './breakpoints.ts';
import { editDockerfile } from './edit.ts';
import { reloadDockerfile } from './reload.ts';

/** Of layers and files, from whichever pane has the keys. */
const OF_STACK = [
  'metadata.toggle',
  'changes.show',
  'squashed.show',
  'flat.show',
  'change.next',
  'change.previous',
  'match.next',
  'match.previous',
] as const satisfies readonly ActionId[];

export class BuildActions {
  private readonly screen: BuildScreen;
  private readonly everywhere: Handlers;
  private readonly panes: Readonly<Partial<Record<BuildFocus, Handlers>>>;

  constructor(screen: BuildScreen) {
    this.screen = screen;
    this.everywhere = {
      ...focusing(screen),
      ...stepping(screen),
      ...breaking(screen),
      ...working(screen),
      ...lookingAt(screen),
    };
    this.panes = { source: inSource(screen), output: inOutput(screen), layers: inLayers(screen) };
  }

  perform(action: ActionId): void {
    const { screen } = this;
    const own =
      !screen.panes.inStack && screen.focus === 'details'
        ? screen.details.moving()
        : this.panes[screen.focus];
    const handler = own?.[action] ?? this.everywhere[action];
    if (handler) handler();
    else if (screen.panes.inStack) screen.stack.perform(action);
  }
}

function focusing(screen: BuildScreen): Handlers {
  const next = (direction: 1 | -1) => (): void => {
    const panes: readonly BuildFocus[] = screen.stack.withDetails
      ? ['source', 'layers', 'files', 'details', 'output']
      : ['source', 'layers', 'files', 'output'];
    screen.focus = paneBeside(panes, screen.focus, direction);
  };
  return {
    'pane.next': next(1),
    'pane.previous': next(-1),
    'source.focus': () => void (screen.focus = 'source'),
    'terminal.focus': () => void (screen.focus = 'output'),
    'layers.focus': () => void (screen.focus = 'layers'),
    'files.focus': () => void (screen.focus = 'files'),
    'details.focus': () => {
      showDetails(screen, true);
      screen.focus = 'details';
    },
    'details.toggle': () => toggleDetails(screen),
    'pane.zoom': () => void (screen.zoomed = !screen.zoomed),
  };
}

/** Where panes are tabs, details that are behind another tab are not shown yet. */
function toggleDetails(screen: BuildScreen): void {
  const isShown = screen.stack.withDetails && (!screen.isOnePane || screen.focus === 'details');
  showDetails(screen, !isShown);
  if (screen.isOnePane && !isShown) screen.focus = 'details';
}

function showDetails(screen: BuildScreen, shown: boolean): void {
  screen.stack.withDetails = shown;
  screen.stack.detailsTop = 0;
  screen.details.reset();
  if (shown) screen.stack.compareContents();
  else if (screen.focus === 'details') screen.focus = screen.panes.subject;
}

function stepping(screen: BuildScreen): Handlers {
  const { run } = screen;
  const forward = (): void => {
    if (screen.keyContext().facts?.['next-step'] === false) screen.host.say('this is the last step');
    else screen.forward();
  };
  const back = (): void => {
    if (run.isRunning) screen.host.say('the build is running; esc stops it');
    else if (screen.session?.position === 0) screen.host.say('this is the first step');
    else screen.back();
  };
  const restart = (noCache: boolean) => (): void => {
    const { session, here } = screen;
    if (!session || !here) return;
    session.restartFrom(here.id, { noCache });
    screen.goAlong();
  };
  return {
    'step.next': forward,
    'layer.next': forward,
    'step.previous': back,
    'layer.previous': back,
    'build.continue': () => run.continue(),
    'build.run-to': () => runToHere(screen),
    'step.restart': restart(false),
    'step.rebuild': restart(true),
    'container.stop': () => void screen.session?.stop().catch((error: unknown) => screen.host.fail(error)),
  };
}

function runToHere({ run, here }: BuildScreen): void {
  if (here) run.runTo(here);
}

function breaking(screen: BuildScreen): Handlers {
  return {
    'breakpoint.toggle': () => toggleHere(screen),
    'breakpoint.path': () => askForPath(screen),
  };
}

function working(screen: BuildScreen): Handlers {
  return {
    'dockerfile.edit': () => void editDockerfile(screen),
    'dockerfile.reload': () => reloadDockerfile(screen),
    'shell.before': () => openShell(screen, 'before'),
    'shell.after': () => openShell(screen, 'after'),
    'item.name': () => tagHere(screen),
    'item.mark': () => {
      const id = screen.here?.id;
      screen.marked = screen.marked === id ? undefined : id;
    },
    'steps.compare': () => compareSteps(screen),
    'image.open': () => openImageHere(screen),
  };
}

function lookingAt(screen: BuildScreen): Handlers {
  const onStack = (action: ActionId) => (): void => {
    screen.stack.perform(action);
    // Where panes are tabs, what has changed would be behind another one.
    if (screen.isOnePane && screen.focus !== 'layers') screen.focus = 'files';
  };
  return Object.fromEntries(OF_STACK.map((action) => [action, onStack(action)]));
}

function inSource(screen: BuildScreen): Handlers {
  return {
    ...screen.source.moving(),
    'cursor.right': () => void (screen.focus = 'layers'),
    'item.open': () => {
      if (screen.run.isRunning) screen.host.say('the build is running; esc stops it');
      else runToHere(screen);
    },
    'item.copy': () => {
      if (screen.here) screen.host.copy(screen.here.instruction.text);
    },
  };
}

function inOutput(screen: BuildScreen): Handlers {
  return { ...screen.output.moving(), 'cursor.right': () => void (screen.focus = 'files') };
}

function inLayers(screen: BuildScreen): Handlers {
  return { 'cursor.left': () => void (screen.focus = 'source') };
}
