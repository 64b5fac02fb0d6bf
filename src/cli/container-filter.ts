// `ps --filter`: each key's values are alternatives, different keys all have to match, as docker has it.
import { CONTAINER_STATUSES, type Container } from '../engine/container.ts';
import { usageError } from './usage.ts';

type Test = (container: Container, value: string) => boolean;

/** docker's others are no mistake: no container of ours is ever so. */
const STATUSES: readonly string[] = [...CONTAINER_STATUSES, 'paused', 'restarting', 'removing'];

const TESTS: Readonly<Record<string, Test>> = {
  id: ({ id }, value) => id.startsWith(value),
  name: ({ name }, value) => name.includes(value.replace(/^\//, '')),
  status: ({ status }, value) => status === value,
  exited: ({ status, exitCode }, value) => status === 'exited' && String(exitCode ?? 0) === value,
  engine: ({ engine }, value) => engine === value,
  ancestor: ({ image }, value) =>
    image.name === value ||
    image.name === `${value}:latest` ||
    image.id.replace('sha256:', '').startsWith(value.replace('sha256:', '')),
  label: ({ labels }, value) => {
    const equals = value.indexOf('=');
    return equals < 0 ? value in labels : labels[value.slice(0, equals)] === value.slice(equals + 1);
  },
};

export function containerFilter(filters: readonly string[]): (container: Container) => boolean {
  const wanted = new Map<string, string[]>();
  for (const filter of filters) {
    const equals = filter.indexOf('=');
    const key = equals < 0 ? filter : filter.slice(0, equals);
    if (equals < 0 || !Object.hasOwn(TESTS, key)) {
      throw usageError(
        'ps',
        `cannot filter by ${JSON.stringify(filter)}; filters are ${Object.keys(TESTS).join(', ')}`,
      );
    }
    const value = filter.slice(equals + 1);
    if (key === 'status' && !STATUSES.includes(value)) {
      throw usageError('ps', `no container is ${JSON.stringify(value)}; a status is ${STATUSES.join(', ')}`);
    }
    wanted.set(key, [...(wanted.get(key) ?? []), value]);
  }
  const matches = (container: Container, key: string, values: readonly string[]): boolean =>
    key === 'label'
      ? values.every((value) => TESTS[key]!(container, value))
      : values.some((value) => TESTS[key]!(container, value));
  return (container) => [...wanted].every(([key, values]) => matches(container, key, values));
}
