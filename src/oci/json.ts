// Reading JSON that strangers wrote.
import { PhylloError } from '../lib/errors.ts';
import { checkJsonStructure } from './json-structure.ts';

export type JsonObject = { readonly [key: string]: unknown };

/** Manifests, indexes and configs larger than this are refused, as containers/image does. */
export const MAX_JSON_BYTES = 4 * 1024 * 1024;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Throws `invalid-image` for text that is not UTF-8 or not one JSON object. */
export function parseJsonObject(data: Uint8Array, what: string): JsonObject {
  const value = parseJson(data, what);
  if (!isJsonObject(value)) throw new PhylloError('invalid-image', `read ${what}: it is not a JSON object`);
  return value;
}

/** Throws `invalid-image` for text that is not UTF-8, not JSON or has a key twice; `limit-exceeded`. */
export function parseJson(data: Uint8Array, what: string): unknown {
  if (data.length > MAX_JSON_BYTES) {
    throw new PhylloError('limit-exceeded', `read ${what}: it is larger than ${MAX_JSON_BYTES} bytes`);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data);
    checkJsonStructure(text, what);
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof PhylloError) throw error;
    throw new PhylloError('invalid-image', `read ${what}: it is not JSON`, { cause: error });
  }
}

/** The string values of a JSON object; anything else is left out. */
export function stringMap(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

export function stringList(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
