// Where a worker's code lies: beside its caller in the source tree, beside the bundle in the package.

/** `callerUrl` is the caller's `import.meta.url`. */
export function workerUrl(callerUrl: string, name: string): URL {
  return new URL(`./${name}${callerUrl.endsWith('.ts') ? '.ts' : '.cjs'}`, callerUrl);
}
