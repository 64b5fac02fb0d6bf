// What the entries of an archive are called where they are copied to.

/** The last component, one character a byte; empty for the root. */
export function topName(path: Uint8Array): string {
  const parts = Buffer.from(path)
    .toString('latin1')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  return parts.at(-1) ?? '';
}

/** Gives the top entry `from` of an archive the name `to`; empty: what is in it stands by itself. */
export function renamed(from: string, to: string): (path: string) => string {
  const target = Buffer.from(to).toString('latin1');
  return (path) => {
    const inside =
      from === ''
        ? path
        : path === from
          ? ''
          : path.startsWith(`${from}/`)
            ? path.slice(from.length + 1)
            : path;
    return [target, inside].filter((part) => part !== '').join('/');
  };
}
