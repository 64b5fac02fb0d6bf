// What a build takes over of a base image's config: the fields that we know, of the types that they have to be. The image is
// a stranger's, and other fields are those of another builder. Pure.
import { posix } from 'node:path';
import { type JsonObject, isJsonObject, stringList, stringMap } from '../oci/json.ts';
import type { ExecutionDocument, HistoryItem } from './stage-state.ts';

type Read = (value: unknown) => unknown;

/** In the order of the written config. Each gives undefined for what is not as it has to be. */
const FIELDS: Readonly<Record<keyof ExecutionDocument, Read>> = {
  User: textOf,
  ExposedPorts: objectOf,
  Env: listOf,
  Entrypoint: listOf,
  Cmd: listOf,
  Healthcheck: objectOf,
  ArgsEscaped: (value) => (value === true ? true : undefined),
  Volumes: objectOf,
  WorkingDir: (value) => (textOf(value) === undefined ? undefined : posix.resolve('/', String(value))),
  Labels: (value) => (isJsonObject(value) ? stringMap(value) : undefined),
  OnBuild: listOf,
  StopSignal: textOf,
  StopTimeout: (value) => (Number.isSafeInteger(value) ? value : undefined),
  Shell: listOf,
};
/** Of rows that nobody wrote for layers that are there, as BuildKit adds them. */
export const ADDED_COMMENT = 'buildkit.exporter.image.v0';

export function knownExecution(value: unknown): ExecutionDocument {
  if (!isJsonObject(value)) return {};
  const known = Object.entries(FIELDS).map(([name, read]) => [name, read(value[name])] as const);
  return Object.fromEntries(known.filter(([, field]) => field !== undefined));
}

/** A row for each of `layers`: what is missing is added, and rows that have no layer say so. */
export function knownHistory(value: unknown, layers: number): HistoryItem[] {
  const rows = Array.isArray(value) ? value.map(rowOf) : [];
  let left = layers;
  const history = rows.map((row): HistoryItem => {
    if (row.empty_layer) return row;
    return left-- > 0 ? row : { ...row, empty_layer: true };
  });
  const missing = Array.from({ length: Math.max(0, left) }, (): HistoryItem => ({ comment: ADDED_COMMENT }));
  return [...history, ...missing];
}

function rowOf(value: unknown): HistoryItem {
  const { created, created_by: createdBy, comment, author, empty_layer: empty } = objectOf(value) ?? {};
  return {
    ...(isTime(created) && { created }),
    ...(textOf(createdBy) !== undefined && { created_by: String(createdBy) }),
    ...(textOf(comment) !== undefined && { comment: String(comment) }),
    ...(textOf(author) !== undefined && { author: String(author) }),
    ...(empty === true && { empty_layer: true }),
  };
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function objectOf(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

function listOf(value: unknown): string[] | undefined {
  return Array.isArray(value) ? stringList(value) : undefined;
}
