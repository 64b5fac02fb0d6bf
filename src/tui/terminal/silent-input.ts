// The stdin that Ink gets: one that never says anything. Keys reach the app through the key reader alone.

/** Not a tty, so Ink never asks for raw mode. */
export function silentInput(): object {
  const input = {
    isTTY: false,
    on: () => input,
    off: () => input,
    once: () => input,
    addListener: () => input,
    removeListener: () => input,
    read: () => null,
    setEncoding: () => input,
    ref: () => input,
    unref: () => input,
  };
  return input;
}
