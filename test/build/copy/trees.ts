// File trees in a few words, and what a copy makes of them as lines of text.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type CopyRequest, type CopySource } from '../../../src/build/copy/request.ts';
import { planCopy } from '../../../src/build/copy/plan.ts';
import type { FileFacts, FileSource, FileView } from '../../../src/build/file-view.ts';
import type { TarMember } from '../../../src/layer/tar-writer.ts';

/** A text is a file's content, `{ link }` a symlink; a name with a slash at its end is a directory. Parents come by themselves. */
export type Tree = Readonly<
  Record<
    string,
    | string
    | Uint8Array
    | (Partial<Omit<FileFacts, 'linkname'>> & { link?: string; content?: string | Uint8Array })
  >
>;

const DIRECTORY: FileFacts = {
  type: 'dir',
  mode: 0o755,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  mtimeSeconds: 50,
  mtimeNanos: 0,
};

export class TestSource implements FileSource {
  /** Paths whose bytes were asked for. */
  readonly opened: string[] = [];
  private readonly files = new Map<string, FileFacts>([['', DIRECTORY]]);
  private readonly contents = new Map<string, Uint8Array>();

  constructor(tree: Tree) {
    for (const [name, value] of Object.entries(tree)) this.add(name, value);
  }

  private add(name: string, value: Tree[string]): void {
    const path = name.replace(/\/$/, '');
    const parts = path.split('/').slice(0, -1);
    for (const [i] of parts.entries()) {
      const parent = parts.slice(0, i + 1).join('/');
      if (!this.files.has(parent)) this.files.set(parent, DIRECTORY);
    }
    const {
      link,
      content = '',
      ...facts
    } = typeof value === 'string' || value instanceof Uint8Array ? { content: value } : value;
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const type = facts.type ?? (name.endsWith('/') ? 'dir' : link === undefined ? 'file' : 'symlink');
    const mode = { dir: 0o755, symlink: 0o777 }[type as string] ?? 0o644;
    this.files.set(path, {
      ...DIRECTORY,
      mode,
      mtimeSeconds: 100,
      mtimeNanos: 5,
      sizeBytes: type === 'file' ? bytes.length : 0,
      ...(link !== undefined && { linkname: link }),
      ...facts,
      type,
    });
    if (type === 'file') this.contents.set(path, bytes);
  }

  lookup(path: string): FileFacts | undefined {
    return this.files.get(path);
  }

  children(path: string): readonly string[] {
    const prefix = path === '' ? '' : `${path}/`;
    const below = [...this.files.keys()].filter(
      (name) => name !== '' && name.startsWith(prefix) && !name.slice(prefix.length).includes('/'),
    );
    return below.map((name) => name.slice(prefix.length)).sort();
  }

  open(path: string): Readable {
    this.opened.push(path);
    return Readable.from([this.contents.get(path)!]);
  }

  async digest(path: string): Promise<string> {
    return createHash('sha256').update(this.contents.get(path)!).digest('hex');
  }
}

export function tree(files: Tree): TestSource {
  return new TestSource(files);
}

export interface Words extends Partial<Omit<CopyRequest, 'sources' | 'destination' | 'files'>> {
  readonly from?: Partial<CopySource>;
  readonly files?: Readonly<Record<string, string>>;
}

/** `COPY a b /x/`: the last word is the destination. */
export function request(
  context: FileSource,
  words: string,
  { from, files = {}, ...rest }: Words = {},
): CopyRequest {
  const all = words.split(' ').filter((word) => word !== '');
  return {
    sources: [{ source: context, paths: all.slice(0, -1), keepsOwners: false, unpacks: false, ...from }],
    files: Object.entries(files).map(([name, content]) => ({ name, content: Buffer.from(content) })),
    destination: all.at(-1)!,
    workingDir: '/',
    parents: false,
    exclude: [],
    link: false,
    createdSeconds: 1000,
    ...rest,
  };
}

export interface Copied {
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/** The layer, a line an entry: `644 0:0 100 x/a = text`, directories with a slash at their end. */
export async function copied(copy: CopyRequest, target: FileView = tree({})): Promise<Copied> {
  const plan = await planCopy(copy, target);
  const lines: string[] = [];
  for await (const member of plan.members) lines.push(await line(member));
  return { lines, warnings: plan.warnings };
}

async function line({ header, body }: TarMember): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('latin1');
  const path = Buffer.from(header.path).toString('latin1');
  const what = {
    dir: '/',
    file: ` = ${text}`,
    symlink: ` -> ${Buffer.from(header.linkname ?? []).toString('latin1')}`,
    hardlink: ` links ${Buffer.from(header.linkname ?? []).toString('latin1')}`,
    char: ` char ${header.devMajor},${header.devMinor}`,
    block: ` block ${header.devMajor},${header.devMinor}`,
    fifo: ' fifo',
  }[header.type];
  const xattrs = [...(header.xattrs?.keys() ?? [])].map((name) => ` +${name}`).join('');
  return `${header.mode.toString(8)} ${header.uid ?? 0}:${header.gid ?? 0} ${header.mtimeSeconds ?? 0} ${path}${what}${xattrs}`;
}

/** Only paths and what they are. */
export function paths({ lines }: Copied): string[] {
  return lines.map((text) => text.split(' ').slice(3).join(' '));
}
