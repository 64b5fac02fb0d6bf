// Tokens as registries' token services give them (distribution's "Token Authentication").
import { PhylloError } from '../lib/errors.ts';
import { isJsonObject, parseJson } from '../oci/json.ts';

export interface Token {
  readonly text: string;
  readonly untilMs: number;
}

export const MAX_TOKEN_BYTES = 1024 * 1024;
/** What the specification says where nothing is said, and the least that is believed. */
const SHORTEST_S = 60;
const LONGEST_S = 24 * 60 * 60;
/** A token that ends sooner than this is as good as none: the request takes time too. */
const SLACK_MS = 10_000;

/** Throws `unauthorized` for anything that holds no token. */
export function parseToken(data: Uint8Array, host: string, nowMs: number): Token {
  const value = document(data, host);
  const text = value['token'] ?? value['access_token'];
  // It becomes a header: whatever is not plain text has no place in it.
  if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text))
    throw invalid(host, 'there is no token in its answer');
  const seconds = value['expires_in'];
  const isTime = typeof seconds === 'number' && Number.isFinite(seconds);
  const lifeS = Math.min(Math.max(isTime ? seconds : SHORTEST_S, SHORTEST_S), LONGEST_S);
  return { text, untilMs: nowMs + lifeS * 1000 - SLACK_MS };
}

function document(data: Uint8Array, host: string): Readonly<Record<string, unknown>> {
  try {
    const value = parseJson(data, 'token');
    if (isJsonObject(value)) return value;
  } catch {
    // What it says instead may repeat what it was told.
  }
  throw invalid(host, 'its answer is no JSON object');
}

function invalid(host: string, reason: string): PhylloError {
  return new PhylloError('unauthorized', `get token from ${host}: ${reason}`);
}
