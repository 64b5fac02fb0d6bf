// What is asked of an agent, one request a connection: a frame `json` with the request, then what belongs to it. Replies
// are frames as well; `error` ends every request that failed. Paths are raw bytes, one character a byte.
import type { ProcessSpec } from '../container.ts';
import type { PathStat } from '../engine.ts';
import type { TerminalSize } from '../io.ts';
import type { IdMap } from './launch.ts';
import type { OutboundTool } from './network.ts';
import type { RuntimeChoice } from './agent-runtime.ts';

/** Where an agent finds all that it needs; the first frame on its channel. */
export interface AgentOrder {
  /** The container's own folder. */
  readonly directory: string;
  /** `$PHYLLO_ROOT`. */
  readonly storeRoot: string;
  readonly idMap: IdMap;
  /** Unpacked layers, absolute, the base first. */
  readonly lowers: readonly string[];
  /** How it runs processes; not needed for one that stays stopped. */
  readonly runtime?: RuntimeChoice;
  /** Ways out of a private network that work here, the best first. */
  readonly outbound?: readonly OutboundTool[];
}

export type Request =
  /** Answers `ready` once it runs. */
  | { readonly op: 'started' }
  /**
   * Ties the connection to the first process, from its first byte on when asked before it started. In: `stdin`, `end`,
   * SessionMessage. Out: `ready`, `stdout`, `stderr`, `exited`.
   */
  | { readonly op: 'attach'; readonly stdin: boolean; readonly size?: TerminalSize }
  /** The same with one more process; without `attached` nobody is tied to it. */
  | {
      readonly op: 'exec';
      readonly process: ProcessSpec;
      readonly attached: boolean;
      readonly stdin: boolean;
      readonly size?: TerminalSize;
    }
  | { readonly op: 'kill'; readonly signal: string }
  /** Answers `exited` when it did; the connection ends when all is put away. */
  | { readonly op: 'wait' }
  /** Frames `data`, the live layer encoded; with `follow` again and again. */
  | { readonly op: 'changes'; readonly follow: boolean }
  | { readonly op: 'layer'; readonly exclude: readonly string[] }
  | { readonly op: 'export' }
  | { readonly op: 'stat'; readonly path: string; readonly follow: boolean }
  | { readonly op: 'get'; readonly path: string }
  /** In: `data`, `end`. */
  | { readonly op: 'put'; readonly path: string; readonly owners: boolean }
  | { readonly op: 'content'; readonly path: string; readonly offset: number; readonly length: number }
  | { readonly op: 'usage' };

/** From who is tied to a process, a frame `json`. */
export type SessionMessage =
  | { readonly kind: 'resize'; readonly size: TerminalSize }
  | { readonly kind: 'detach' };

/** A frame `json` from the agent. */
export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'done' }
  | { readonly kind: 'stat'; readonly stat: Omit<PathStat, 'path'> & { readonly path: string } }
  | { readonly kind: 'usage'; readonly bytes: number };
