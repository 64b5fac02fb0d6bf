// Which program runs a container's processes, as the engine found out and the agent is told.
import type { OciRuntimeOptions } from './oci-runtime.ts';
import type { ContainerRuntime } from './runtime.ts';

export type RuntimeChoice =
  | { readonly kind: 'crun' | 'runc'; /** Absolute path. */ readonly program: string }
  | { readonly kind: 'util-linux' };

/** Loads only what is needed of it: an agent starts with every container. */
export async function makeRuntime(
  choice: RuntimeChoice,
  options: OciRuntimeOptions,
): Promise<ContainerRuntime> {
  if (choice.kind === 'util-linux') {
    const { UtilLinuxRuntime } = await import('./util-linux.ts');
    return new UtilLinuxRuntime();
  }
  const { OciRuntime } = await import('./oci-runtime.ts');
  return new OciRuntime(choice.kind, choice.program, options);
}
