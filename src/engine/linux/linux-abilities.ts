// What the linux engine can do on this machine, found out once.
import type { RuntimeChoice } from './agent-runtime.ts';
import type { IdMap } from './launch.ts';
import type { OutboundTool } from './network.ts';

export interface LinuxAbilities {
  readonly idMap: IdMap;
  /** How processes are run. */
  readonly runtime: RuntimeChoice;
  /** For those with a terminal, where the other would lose some of what it shows. */
  readonly terminalRuntime?: RuntimeChoice;
  /** Ways out of a private network that work here, the best first. */
  readonly outbound: readonly OutboundTool[];
}
