// Reads JSON of an engine field by field: whatever stands there, each reader gives the type that it promises.
import { PhylloError } from '../lib/errors.ts';
import { type JsonObject, isJsonObject, stringList, stringMap } from '../oci/json.ts';

/** A field that is missing or of another type is empty, 0 or false, as it is for Go, which leaves empty ones out. */
export interface Fields {
  readonly raw: JsonObject;
  text(name: string): string;
  /** Whole and safe, else 0. */
  integer(name: string): number;
  flag(name: string): boolean;
  fields(name: string): Fields;
  texts(name: string): readonly string[];
  textMap(name: string): Readonly<Record<string, string>>;
  /** The objects of a list. */
  list(name: string): readonly Fields[];
}

class JsonFields implements Fields {
  readonly raw: JsonObject;

  constructor(raw: JsonObject) {
    this.raw = raw;
  }

  text(name: string): string {
    const value = this.at(name);
    return typeof value === 'string' ? value : '';
  }

  integer(name: string): number {
    const value = this.at(name);
    return Number.isSafeInteger(value) ? (value as number) : 0;
  }

  flag(name: string): boolean {
    return this.at(name) === true;
  }

  fields(name: string): Fields {
    return fieldsOf(this.at(name));
  }

  texts(name: string): readonly string[] {
    return stringList(this.at(name));
  }

  textMap(name: string): Readonly<Record<string, string>> {
    return stringMap(this.at(name));
  }

  list(name: string): readonly Fields[] {
    return fieldsList(this.at(name));
  }

  private at(name: string): unknown {
    return Object.hasOwn(this.raw, name) ? this.raw[name] : undefined;
  }
}

export function fieldsOf(value: unknown): Fields {
  return new JsonFields(isJsonObject(value) ? value : {});
}

export function fieldsList(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isJsonObject).map((item) => new JsonFields(item)) : [];
}

/** Throws `network` for what is not JSON. */
export function parseEngineJson(data: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8').decode(data));
  } catch (error) {
    throw new PhylloError('network', `${what}: the answer is not JSON`, { cause: error });
  }
}

/** Throws `network` for what is not one JSON object. */
export function parseFields(data: Uint8Array, what: string): Fields {
  const value = parseEngineJson(data, what);
  if (!isJsonObject(value)) throw new PhylloError('network', `${what}: the answer is not a JSON object`);
  return new JsonFields(value);
}
