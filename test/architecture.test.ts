// The map of src/ (see ARCHITECTURE.md) as a test: a folder imports only from rows above its own, and itself.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROWS: Readonly<Record<string, number>> = {
  lib: 0,
  oci: 1,
  dockerfile: 1,
  layer: 2,
  tree: 3,
  store: 3,
  docker: 3,
  registry: 3,
  transport: 4,
  analysis: 4,
  snapshot: 4,
  engine: 5,
  build: 6,
  app: 7,
  cli: 8,
  tui: 8,
};
/** The doors between faces. */
const ALLOWED = new Set(['cli/open-tui.ts -> tui/run.tsx']);
const root = fileURLToPath(new URL('../src/', import.meta.url));

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));

function importsOf(file: string, text: string): Import[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)/g;
  return Array.from(text.matchAll(pattern), ([, type, named, lazy]) => {
    const specifier = (named ?? lazy)!;
    const to = specifier.startsWith('.') ? relative(root, join(root, dirname(file), specifier)) : specifier;
    return { from: file, to, typeOnly: type !== undefined };
  });
}

function folderOf(path: string): string {
  return path.split('/')[0]!;
}

function isOurs({ to }: Import): boolean {
  return files.includes(to);
}

function breaksTheMap({ from, to }: Import): boolean {
  const [here, there] = [folderOf(from), folderOf(to)];
  return here !== there && !ALLOWED.has(`${from} -> ${to}`) && ROWS[here]! <= ROWS[there]!;
}

describe('imports', () => {
  test('are found in every folder of the map', () => {
    const folders = new Set(imports.filter(isOurs).map(({ from }) => folderOf(from)));
    expect([...folders].sort()).toEqual(
      Object.keys(ROWS)
        .filter((folder) => folder !== 'lib')
        .concat('lib')
        .sort(),
    );
  });

  test('lead to rows above', () => {
    expect(imports.filter(isOurs).filter(breaksTheMap)).toEqual([]);
  });

  test('lead to files that exist', () => {
    expect(imports.filter(({ to }) => /\.(?:tsx?|js)$/.test(to) && !files.includes(to))).toEqual([]);
  });

  test('of the terminal UI never reach the machine: it gets streams and services', () => {
    const reach = imports.filter(
      ({ from, to, typeOnly }) =>
        folderOf(from) === 'tui' &&
        (to.startsWith('node:') ||
          (folderOf(to) === 'app' && !typeOnly) ||
          ['store', 'transport'].includes(folderOf(to))),
    );
    expect(reach).toEqual([]);
    const users = files.filter((file) => {
      return (
        folderOf(file) === 'tui' && /(?<![#.\w])process\.\w/.test(readFileSync(join(root, file), 'utf8'))
      );
    });
    expect(users).toEqual([]);
  });
});

test('the page about the architecture has the same map', () => {
  const page = readFileSync(join(root, '../ARCHITECTURE.md'), 'utf8');
  const rows = Array.from(page.matchAll(/^\| (\d) \| `src\/(\w+)`/gm), ([, row, folder]) => [
    folder,
    Number(row),
  ]);
  expect(Object.fromEntries(rows)).toEqual(ROWS);
});
