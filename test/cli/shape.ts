// Shapes of JSON documents, exact: a key too many is as wrong as one that is missing.

/** What is wrong with a value, with the place; nothing when it fits. */
export type Shape = (value: unknown, where: string) => string[];

function shape(what: string, fits: (value: unknown) => boolean): Shape {
  return (value, where) => (fits(value) ? [] : [`${where} is no ${what}: ${JSON.stringify(value)}`]);
}

function matching(what: string, pattern: RegExp): Shape {
  return shape(what, (value) => typeof value === 'string' && pattern.test(value));
}

export const text = shape('text', (value) => typeof value === 'string');
export const flag = shape('flag', (value) => typeof value === 'boolean');
export const count = shape('count', (value) => Number.isSafeInteger(value) && (value as number) >= 0);
export const ratio = shape('ratio', (value) => typeof value === 'number' && value >= 0);
export const digest = matching('digest', /^sha256:[0-9a-f]{64}$/);
export const containerId = matching('container ID', /^[0-9a-f]{64}$/);
export const time = matching(
  'RFC 3339 time',
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/,
);
export const path = matching('absolute path', /^\//);
export const octal = matching('octal mode', /^[0-7]{4}$/);
export const base64 = matching('base64', /^[A-Za-z0-9+/]*={0,2}$/);
export const anyObject = shape(
  'object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

export function exactly(expected: string): Shape {
  return shape(expected, (value) => value === expected);
}

export function oneOf(...choices: readonly string[]): Shape {
  return shape(choices.join(' or '), (value) => choices.some((choice) => choice === value));
}

export function nullable(inner: Shape): Shape {
  return (value, where) => (value === null ? [] : inner(value, where));
}

export function listOf(inner: Shape): Shape {
  return (value, where) =>
    Array.isArray(value)
      ? value.flatMap((item, at) => inner(item, `${where}[${at}]`))
      : [`${where} is no list`];
}

export function mapOf(inner: Shape): Shape {
  return (value, where) => [
    ...anyObject(value, where),
    ...Object.entries(value ?? {}).flatMap(([key, item]) => inner(item, `${where}.${key}`)),
  ];
}

export function object(
  needed: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>> = {},
): Shape {
  return (value, where) => {
    const wrong = anyObject(value, where);
    if (wrong.length > 0) return wrong;
    const found = value as Readonly<Record<string, unknown>>;
    const known = { ...needed, ...optional };
    const missing = Object.keys(needed).filter((key) => !Object.hasOwn(found, key));
    const added = Object.keys(found).filter((key) => !Object.hasOwn(known, key));
    return [
      ...missing.map((key) => `${where}.${key} is missing`),
      ...added.map((key) => `${where}.${key} is unknown`),
      ...Object.entries(known)
        .filter(([key]) => Object.hasOwn(found, key))
        .flatMap(([key, inner]) => inner(found[key], `${where}.${key}`)),
    ];
  };
}
