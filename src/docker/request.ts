// What is asked of an engine, as HTTP has it.
import type { Readable } from 'node:stream';

/** Bytes are percent-encoded as they are: a path inside a container need not be UTF-8. */
export type QueryValue = string | number | boolean | Uint8Array | undefined;

export interface EngineRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Below the version; parts that may hold anything were passed through `encodeURIComponent`. */
  readonly path: string;
  /** Undefined ones are left out. */
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly json?: unknown;
  /** A tar. */
  readonly body?: Readable;
  /** `verb object`, for errors; safe to show. */
  readonly doing: string;
  readonly signal?: AbortSignal | undefined;
  /** Until the engine begins to answer; 0: as long as it takes. Default: a minute. */
  readonly timeoutMs?: number;
}

export function encodeQuery(query: EngineRequest['query']): string {
  const parts = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`${name}=${value instanceof Uint8Array ? encodeBytes(value) : encodeURIComponent(value)}`],
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

function encodeBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    text += /[A-Za-z0-9/._-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}
