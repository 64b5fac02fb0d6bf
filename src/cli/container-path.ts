// CONTAINER:PATH arguments.

export interface ContainerPath {
  /** undefined for a path on this machine, and for `-`. */
  readonly container: string | undefined;
  readonly path: string;
}

/** As docker splits it: what begins like a path is one, whatever colons follow. */
export function parseContainerPath(text: string): ContainerPath {
  const colon = text.indexOf(':');
  if (colon < 1 || /^(?:\.|\/)/.test(text)) return { container: undefined, path: text };
  return { container: text.slice(0, colon), path: text.slice(colon + 1) };
}

/** Raw bytes, without slashes at the start. */
export function rawPath(text: string): Uint8Array {
  return Buffer.from(text.replace(/^\/+/, ''));
}
