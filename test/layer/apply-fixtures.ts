// Layers in a few words, a root to apply them to with a canary beside it, and trees on disk as text.
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntryType } from '../../src/layer/entry.ts';
import { type ApplyOptions, applyLayer } from '../../src/layer/apply.ts';
import type { WriteResult } from '../../src/layer/apply-writer.ts';
import { type TarMember, writeTar } from '../../src/layer/tar-writer.ts';

/** A text is a file's content; `'name/': {}` is a directory. Insertion order is tar order, names are latin1. */
export type Layer =
  | Readonly<Record<string, string | Spec>>
  | readonly (readonly [name: string, spec: string | Spec])[];

export interface Spec {
  readonly type?: EntryType;
  readonly content?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly nanos?: number;
  /** Of a symlink, unless `type` says hard link. */
  readonly link?: string;
  readonly device?: readonly [major: number, minor: number];
  readonly xattrs?: Readonly<Record<string, string>>;
}

export function tarOf(layer: Layer): AsyncGenerator<Uint8Array> {
  const specs = Array.isArray(layer)
    ? (layer as readonly (readonly [string, string | Spec])[])
    : Object.entries(layer);
  return writeTar(
    specs.map(([name, spec]) => member(name, typeof spec === 'string' ? { content: spec } : spec)),
  );
}

function member(name: string, spec: Spec): TarMember {
  const type = spec.type ?? (name.endsWith('/') ? 'dir' : spec.link === undefined ? 'file' : 'symlink');
  const body = Buffer.from(spec.content ?? '');
  return {
    header: {
      path: Buffer.from(name.replace(/\/$/, ''), 'latin1'),
      type,
      mode: spec.mode ?? (type === 'dir' ? 0o755 : 0o644),
      uid: spec.uid ?? 0,
      gid: spec.gid ?? 0,
      sizeBytes: type === 'file' ? body.length : 0,
      mtimeSeconds: spec.mtime ?? 1_000_000_000,
      mtimeNanos: spec.nanos ?? 0,
      linkname: Buffer.from(spec.link ?? '', 'latin1'),
      devMajor: spec.device?.[0] ?? 0,
      devMinor: spec.device?.[1] ?? 0,
      xattrs: new Map(Object.entries(spec.xattrs ?? {}).map(([key, text]) => [key, Buffer.from(text)])),
    },
    body: type === 'file' ? [body] : [],
  };
}

/** `root` to apply layers to; beside it `canary` and `root-sibling`, which nothing may ever touch. */
export class Sandbox {
  readonly base = mkdtempSync(join(tmpdir(), 'phyllo-apply-'));
  readonly root = join(this.base, 'root');
  readonly canary = join(this.base, 'canary');

  constructor() {
    mkdirSync(this.root);
    for (const folder of [this.canary, join(this.base, 'root-sibling')]) {
      mkdirSync(join(folder, 'folder'), { recursive: true });
      writeFileSync(join(folder, 'file'), 'canary');
      writeFileSync(join(folder, 'folder', 'file'), 'canary');
      for (const path of ['folder/file', 'folder', 'file', '.']) utimesSync(join(folder, path), 1, 1);
    }
    utimesSync(this.base, 1, 1);
  }

  apply(layer: Layer, options: ApplyOptions = {}): Promise<WriteResult> {
    return applyLayer(tarOf(layer), this.root, options);
  }

  tree(): string[] {
    return treeOf(this.root);
  }

  /** All but the root: the same text before and after whatever a layer tries. */
  outside(): string[] {
    return treeOf(this.base, { times: true }).filter((line) => !/^root(?:\/| )/.test(line));
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}

/**
 * Every path with what it is, sorted: `etc/a 644 "text"`, `bin -> usr/bin`, `dir/ 755`. `=` joins names of one inode;
 * `times` and `owners` add these. Names are latin1.
 */
export function treeOf(root: string, { times = false, owners = false } = {}): string[] {
  const lines: string[] = [];
  const names = new Map<string, string>();
  const visit = (place: Buffer, path: string): void => {
    for (const name of readdirSync(place, { encoding: 'buffer' })) {
      const child = Buffer.concat([place, Buffer.from('/'), name]);
      const childPath = `${path}${name.toString('latin1')}`;
      const stat = lstatSync(child, { bigint: true });
      const extra = `${owners ? ` ${stat.uid}:${stat.gid}` : ''}${times ? ` @${stat.mtimeNs}` : ''}`;
      const first = stat.nlink > 1n && !stat.isDirectory() ? names.get(String(stat.ino)) : undefined;
      names.set(String(stat.ino), first ?? childPath);
      lines.push(first === undefined ? `${describe(child, childPath)}${extra}` : `${childPath} = ${first}`);
      if (stat.isDirectory()) visit(child, `${childPath}/`);
    }
  };
  visit(Buffer.from(root), '');
  return lines.sort((a, b) => (a < b ? -1 : 1));
}

function describe(place: Buffer, path: string): string {
  const stat = lstatSync(place);
  const mode = (stat.mode & 0o7777).toString(8);
  if (stat.isSymbolicLink()) return `${path} -> ${readlinkSync(place, 'buffer').toString('latin1')}`;
  if (stat.isDirectory()) return `${path}/ ${mode}`;
  if (stat.isFile()) return `${path} ${mode} ${contentOf(place, stat.size)}`;
  return `${path} ${mode} ${stat.isFIFO() ? 'fifo' : `device ${stat.rdev}`}`;
}

function contentOf(place: Buffer, sizeBytes: number): string {
  const data = readFileSync(place);
  return sizeBytes < 100
    ? JSON.stringify(data.toString('latin1'))
    : createHash('sha256').update(data).digest('hex');
}
