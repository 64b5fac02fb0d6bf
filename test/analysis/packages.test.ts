// Packages read from the metadata that images hold.
import { readFileSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ndbRpmPackages, sqliteRpmPackages } from '../../src/analysis/package-rpm.ts';
import { apkPackages, dpkgPackages, npmPackage, pythonPackage } from '../../src/analysis/package-text.ts';
import type { Package } from '../../src/analysis/package.ts';
import { readPackages } from '../../src/analysis/read-packages.ts';
import { SquashView } from '../../src/tree/squash-view.ts';
import { exploredImage } from '../support/tui-image.ts';
import { type LayerSpec, layer, stack } from '../support/layers.ts';

function told(packages: Iterable<Package | undefined>): string[] {
  return Array.from(packages, (found) => (found ? `${found.kind} ${found.name} ${found.version}` : 'none'));
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}

describe('text', () => {
  test('dpkg: what was removed but for its settings is not installed', () => {
    const status = [
      'Package: curl\nStatus: install ok installed\nVersion: 8.5-1\nDescription: Package: no\n Version: no',
      'Package: gone\nStatus: deinstall ok config-files\nVersion: 1',
      'Version: 2.1\nPackage:   base-files',
      'Package: nothing',
    ].join('\n\n');
    expect(told(dpkgPackages(bytes(status)))).toEqual(['deb curl 8.5-1', 'deb base-files 2.1']);
  });

  test('apk', () => {
    const installed = 'C:Q1x\nP:musl\nV:1.2.4-r2\nA:x86_64\nF:lib\nR:V:9\n\nP:zlib\nV:1.3-r0\n';
    expect(told(apkPackages(bytes(installed)))).toEqual(['apk musl 1.2.4-r2', 'apk zlib 1.3-r0']);
  });

  test.each([
    ['Metadata-Version: 2.1\nName: requests\nVersion: 2.31.0\n\nVersion: 9\n', 'python requests 2.31.0'],
    ['Name: alone\n', 'none'],
    ['', 'none'],
  ])('Python: %j', (text, expected) => {
    expect(told([pythonPackage(bytes(text))])).toEqual([expected]);
  });

  test.each([
    ['{"name":"@scope/a","version":"1.0.0"}', 'npm @scope/a 1.0.0'],
    ['{"name":"a"}', 'none'],
    ['{"name":1,"version":"1"}', 'none'],
    ['[]', 'none'],
    ['{', 'none'],
    ['{"name":"' + 'x'.repeat(1000) + '","version":"1"}', 'none'],
    ['['.repeat(500_000), 'none'],
  ])('npm: %.40j', (text, expected) => {
    expect(told([npmPackage(bytes(text))])).toEqual([expected]);
  });

  test('lines without end and ends without lines cost no more than reading them', () => {
    const before = performance.now();
    const hostile = [
      '\n'.repeat(8_000_000),
      `Package:${' '.repeat(8_000_000)}\rx`,
      'Package:\r'.repeat(800_000),
    ];
    for (const text of hostile) expect(told(dpkgPackages(bytes(text)))).toEqual([]);
    expect(performance.now() - before).toBeLessThan(5000);
  });
});

/** A header as rpm keeps it: entries, then data. */
function rpmHeader(fields: readonly (readonly [tag: number, value: string | number])[]): Buffer {
  const parts: Buffer[] = [];
  let offset = 0;
  const entries = fields.map(([tag, value]) => {
    const entry = Buffer.alloc(16);
    entry.writeUInt32BE(tag, 0);
    entry.writeUInt32BE(typeof value === 'number' ? 4 : 6, 4);
    entry.writeUInt32BE(offset, 8);
    entry.writeUInt32BE(1, 12);
    const data = typeof value === 'number' ? Buffer.alloc(4) : Buffer.from(`${value}\0`);
    if (typeof value === 'number') data.writeUInt32BE(value);
    offset += data.length;
    parts.push(data);
    return entry;
  });
  const intro = Buffer.alloc(8);
  intro.writeUInt32BE(entries.length, 0);
  intro.writeUInt32BE(offset, 4);
  return Buffer.concat([intro, ...entries, ...parts]);
}

function header(name: string, padding = 0): Buffer {
  return rpmHeader([
    [1000, name],
    [1001, '1.2'],
    [1002, '3.el9'],
    [1003, name === 'bind' ? 32 : 0],
    [1004, 'x'.repeat(padding)],
  ]);
}

function sqliteFile(headers: readonly Buffer[], pageBytes = 4096): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'phyllo-rpm-'));
  try {
    const path = join(folder, 'rpmdb.sqlite');
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA page_size = ${pageBytes}`);
    database.exec("CREATE TABLE 'Other' (key TEXT, hnum INTEGER)");
    database.exec("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)");
    const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
    database.exec('BEGIN');
    for (const blob of headers) insert.run(blob);
    database.exec('COMMIT');
    database.close();
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function ndbFile(headers: readonly Buffer[]): Buffer {
  const page = Buffer.alloc(4096);
  page.write('RpmP', 0);
  page.writeUInt32LE(1, 12);
  const blobs: Buffer[] = [];
  let block = 4096 / 16;
  for (let slot = 2; slot < 256; slot++) {
    page.write('Slot', slot * 16);
    const blob = headers[slot - 3];
    // The first slot is free, as after a removal.
    if (!blob) continue;
    page.writeUInt32LE(slot, slot * 16 + 4);
    page.writeUInt32LE(block, slot * 16 + 8);
    const head = Buffer.alloc(16);
    head.write('BlbS');
    head.writeUInt32LE(slot, 4);
    head.writeUInt32LE(blob.length, 12);
    const whole = Buffer.concat([head, blob]);
    const padded = Buffer.concat([whole, Buffer.alloc((16 - (whole.length % 16)) % 16)]);
    blobs.push(padded);
    block += padded.length / 16;
  }
  return Buffer.concat([page, ...blobs]);
}

/** 0 for the error that a damaged file is; any other is thrown on. */
function outcome(read: () => number): number {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return 0;
    throw error;
  }
}

describe('rpm', () => {
  test.each([512, 4096, 65536])(
    'SQLite with pages of %i bytes: many rows, rows over many pages',
    (pageBytes) => {
      const names = Array.from({ length: 700 }, (_, at) => `p${at}`);
      const headers = [...names.map((name, at) => header(name, at % 9 === 0 ? 20_000 : at)), header('bind')];
      expect(told(sqliteRpmPackages(sqliteFile(headers, pageBytes)))).toEqual([
        ...names.map((name) => `rpm ${name} 1.2-3.el9`),
        'rpm bind 32:1.2-3.el9',
      ]);
    },
  );

  test('ndb', () => {
    expect(told(ndbRpmPackages(ndbFile([header('bash'), header('zypper', 5000)])))).toEqual([
      'rpm bash 1.2-3.el9',
      'rpm zypper 1.2-3.el9',
    ]);
  });

  test('a damaged file is an error of range and ends soon', () => {
    const whole = sqliteFile(
      Array.from({ length: 40 }, (_, at) => header(`p${at}`, 3000)),
      512,
    );
    const other = ndbFile([header('a'), header('b')]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 }),
        fc.nat(whole.length),
        (hits, length) => {
          for (const [file, read] of [
            [whole, sqliteRpmPackages],
            [other, ndbRpmPackages],
          ] as const) {
            const data = Buffer.from(file.subarray(0, length));
            for (const [at, value] of hits) if (at < data.length) data[at] = value;
            expect(outcome(() => told(read(data)).length)).toBeLessThan(2000);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('rows that lie over each other are not read again and again', () => {
    const data = sqliteFile(
      Array.from({ length: 300 }, (_, at) => header(`p${at}`, 100)),
      65536,
    );
    // Every pointer of each leaf leads to the same cell.
    for (let page = 65536; page < data.length; page += 65536) {
      if (data[page] !== 0x0d) continue;
      const first = data.readUInt16BE(page + 8);
      data.writeUInt16BE(30_000, page + 3);
      for (let cell = 0; cell < 30_000; cell++) data.writeUInt16BE(first, page + 8 + 2 * cell);
    }
    expect(() => told(sqliteRpmPackages(data))).toThrow(RangeError);
  });
});

describe('an image', () => {
  async function read(spec: LayerSpec & Readonly<Record<string, string>>): Promise<object> {
    const index = stack(spec);
    const image = exploredImage(
      { layers: [layer(spec)], content: (_, node) => bytes(spec[path(index.trees[0]!.pathBytes(node))]!) },
      index,
    );
    const nodes = Array.from({ length: index.count }, (_, node) => node);
    const { packages, notes } = await readPackages(new SquashView(index), nodes, (at, node) =>
      image.content(at, node),
    );
    return { packages: told(packages).toSorted(), notes };
  }
  const path = (raw: Uint8Array): string => Buffer.from(raw).toString('latin1');
  const npm = (name: string): string => JSON.stringify({ name, version: '1' });

  test('has its packages where their managers keep them, and nowhere else', async () => {
    expect(
      await read({
        'var/lib/dpkg/status': 'Package: a\nVersion: 1\n',
        'var/lib/dpkg/status.d/b': 'Package: b\nVersion: 1\n',
        'var/lib/dpkg/status.d/b.md5sums': 'Package: no\nVersion: 1\n',
        'home/var/lib/dpkg/status': 'Package: no\nVersion: 1\n',
        'lib/apk/db/installed': 'P:c\nV:1\n',
        'app/node_modules/d/package.json': npm('d'),
        'app/node_modules/@s/e/package.json': npm('@s/e'),
        'app/node_modules/d/node_modules/f/package.json': npm('f'),
        'app/node_modules/d/lib/package.json': npm('no'),
        'app/package.json': npm('no'),
        'package.json': npm('no'),
        'usr/lib/python3/g-1.dist-info/METADATA': 'Name: g\nVersion: 1\n',
        'usr/lib/python3/h.egg-info/PKG-INFO': 'Name: h\nVersion: 1\n',
        'usr/lib/python3/i.egg-info': 'Name: i\nVersion: 1\n',
        'usr/lib/python3/METADATA': 'Name: no\nVersion: 1\n',
      }),
    ).toEqual({
      packages: [
        'apk c 1',
        'deb a 1',
        'deb b 1',
        'npm @s/e 1',
        'npm d 1',
        'npm f 1',
        'python g 1',
        'python h 1',
        'python i 1',
      ],
      notes: [],
    });
  });

  test('says what could not be read', async () => {
    expect(
      await read({
        'var/lib/rpm/Packages': 'old',
        'var/lib/rpm/rpmdb.sqlite': 'no database',
        'a/node_modules/d/package.json': ' '.repeat(1024 * 1024 + 1),
      }),
    ).toEqual({
      packages: [],
      notes: [
        '/a/node_modules/d/package.json: larger than 1048576 bytes; not read',
        '/var/lib/rpm/Packages: a Berkeley DB; its packages are not read',
        '/var/lib/rpm/rpmdb.sqlite: damaged: it is no SQLite file',
      ],
    });
  });
});
