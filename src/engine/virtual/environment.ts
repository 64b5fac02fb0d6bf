// Variables as a shell takes them.

/** `NAME=value` each. */
export function environment(env: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    env.map((variable) => {
      const end = variable.indexOf('=');
      return [variable.slice(0, end), variable.slice(end + 1)];
    }),
  );
}
