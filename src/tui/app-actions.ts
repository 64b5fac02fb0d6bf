// What the keys do that mean the same on every screen.
import type { App } from './app.ts';
import { openHelp, openPalette } from './dialogs.ts';
import type { Handlers } from './keymap/actions.ts';
import type { TerminalSide } from './terminal-side.ts';
import { textField } from './text-field.ts';
import { makeTheme, nextThemeName } from './theme/theme.ts';

/** What works also over a dialog. */
export function actionsEverywhere(app: App, terminal: TerminalSide): Handlers {
  return {
    'app.interrupt': () => app.end(),
    'app.suspend': () => terminal.suspend(),
    'screen.redraw': () => terminal.redraw(),
  };
}

/** What works on every screen. `mouse` tells whether the mouse is on at first. */
export function actionsOfAnyScreen(app: App, terminal: TerminalSide, mouse: boolean): Handlers {
  let isMouseOn = mouse;
  return {
    'help.open': () => app.show(openHelp(app.keymap, app.screen.keyContext())),
    'palette.open': () => app.show(openPalette(app.keymap, app.screen.keyContext())),
    'filter.edit': () => editFilter(app),
    'view.back': () => stepBack(app),
    'app.quit': () => quit(app),
    'images.open': () => app.openImages(),
    'containers.open': () => app.openContainers(),
    'transfers.open': () => app.openTransfers(),
    'theme.next': () => {
      app.theme = makeTheme(nextThemeName(app.theme.name));
      app.say(`theme: ${app.theme.name}`);
    },
    'mouse.toggle': () => {
      isMouseOn = !isMouseOn;
      terminal.setMouse(isMouseOn);
      app.say(isMouseOn ? 'mouse on; hold shift to select text' : 'mouse off');
    },
  };
}

function editFilter(app: App): void {
  if (!app.screen.filter) return;
  const before = app.screen.filterText;
  app.show({ kind: 'filter', field: textField(before), before });
}

/** One step back: work under way, then what the screen itself has open, then the screen. */
function stepBack(app: App): void {
  const job = app.jobs.endedOn(app.screen);
  if (job) return job.cancel();
  if (app.screen.stepBack?.()) return app.changed();
  app.back();
}

function quit(app: App): void {
  if (app.jobs.running.size === 0) return app.end();
  app.confirm('work is still running; quit and cancel it?', () => app.end());
}
