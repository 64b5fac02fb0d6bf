// Programs that act as another client of the linux engine, for tests that kill it or start it in an odd way.
import type { RuntimeChoice } from '../../src/engine/linux/agent-runtime.ts';

const ENGINE = new URL('../../src/engine/linux/linux-engine.ts', import.meta.url).href;
const SUPPORT = new URL('./linux-engines.ts', import.meta.url).href;

/** Text of a module that has `engine` over the store at `root`, then does `work`. */
export function clientOf(root: string, kind: RuntimeChoice['kind'], work: string): string {
  return `
    const { LinuxEngine } = await import(${JSON.stringify(ENGINE)});
    const { runtimeChoice } = await import(${JSON.stringify(SUPPORT)});
    const idMap = process.geteuid() === 0 ? 'root' : 'subordinate';
    const abilities = { idMap, runtime: runtimeChoice(${JSON.stringify(kind)}), outbound: [] };
    const engine = new LinuxEngine(${JSON.stringify(root)}, abilities);
    ${work}
  `;
}

/** Starts containers, each on its own, then ends. */
export function starterOf(root: string, kind: RuntimeChoice['kind'], ids: readonly string[]): string {
  const start = `await Promise.allSettled(${JSON.stringify(ids)}.map((id) => engine.start(id)));`;
  return clientOf(root, kind, `${start}\nprocess.exit();`);
}
