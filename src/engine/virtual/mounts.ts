// What is in a container's tree as if mounted there: it cannot be removed, and nothing of it is in the R/W layer.
import { type Name, pathOf } from './inode.ts';

export function isMount(name: Name): boolean {
  return name.volatile && name.parent?.volatile !== true;
}

export function holdsMount({ volatile, children }: Name): boolean {
  return !volatile && [...(children?.values() ?? [])].some((child) => isMount(child) || holdsMount(child));
}

export function isProc(name: Name): boolean {
  return name.volatile && (pathOf(name) === 'proc' || pathOf(name).startsWith('proc/'));
}
