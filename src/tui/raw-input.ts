// Input that goes to a program inside of a screen as it is.
import type { App } from './app.ts';
import type { RawSink } from './terminal/keys.ts';

/** Where it goes, if it does. */
export function rawSinkOf(app: App): RawSink | undefined {
  const inside = app.dialog ? undefined : app.screen.inside;
  if (!inside) return undefined;
  const leaveKeys = app.keymap.keysOf('terminal.leave');
  return {
    // There must be a way out, whatever the settings say.
    leaveKeys: leaveKeys.length > 0 ? leaveKeys : ['f12'],
    onBytes: (bytes) => {
      if (app.message !== undefined) app.say('');
      inside.onBytes(bytes);
    },
    onPaste: (bytes) => inside.onPaste(bytes),
    onLeave: () => {
      app.perform('terminal.leave');
      app.changed();
    },
  };
}
