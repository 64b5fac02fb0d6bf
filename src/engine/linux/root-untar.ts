// Unpacks an archive into a directory of a container, as `docker cp` does: names mean nothing but themselves, links in the
// way are not followed, and neither a directory nor a file takes the other's place.
import { PhylloError } from '../../lib/errors.ts';
import { safeBytes } from '../../lib/text.ts';
import { Attributes } from '../../layer/apply-attributes.ts';
import { latin1, raw } from '../../layer/apply-directory.ts';
import type { NewFile } from '../../layer/apply-file.ts';
import { SparsePlaces } from '../../layer/apply-sparse.ts';
import { TargetTree } from '../../layer/apply-target.ts';
import { Warnings, fileError } from '../../layer/apply-warnings.ts';
import type { TarEntry } from '../../layer/entry.ts';
import { TarParser, type TarSink } from '../../layer/tar-parser.ts';

/**
 * `directory` is the path of one that is there. Without `owners` all belongs to root. Throws `path-escape`,
 * `already-exists` where a file and a directory are in each other's way, `invalid-archive`, `no-space`.
 */
export async function untarInto(
  directory: string,
  tar: AsyncIterable<Uint8Array>,
  options: { readonly owners: boolean },
): Promise<void> {
  const sink = new Untar(directory, options.owners);
  const parser = new TarParser(sink);
  try {
    for await (const chunk of tar) parser.write(chunk);
    parser.end();
    sink.finish();
  } catch (error) {
    throw fileError(error, 'write', sink.path);
  } finally {
    sink.close();
  }
}

class Untar implements TarSink {
  /** Of the entry that came last, for errors. */
  path = '';
  private readonly target: TargetTree;
  private current: { entry: TarEntry; file: NewFile; places: SparsePlaces | undefined } | undefined;

  constructor(directory: string, owners: boolean) {
    this.target = new TargetTree(
      directory,
      'protect',
      new Attributes({ owners, privileges: true }, new Warnings()),
    );
  }

  entry(entry: TarEntry): void {
    this.path = latin1(entry.path);
    const { path, target } = this;
    // The directory itself keeps what it has.
    if (path === '' && entry.type === 'dir') return;
    switch (entry.type) {
      case 'dir':
        return target.putDirectory(path, entry);
      case 'file':
        this.current = {
          entry,
          file: target.createFile(path),
          places: entry.sparse && new SparsePlaces(entry.sparse),
        };
        return;
      case 'symlink':
        return target.putSymlink(path, entry, entry.linkname);
      case 'hardlink':
        if (target.putHardlink(path, latin1(entry.linkname))) return;
        throw new PhylloError(
          'invalid-archive',
          `write /${safeBytes(raw(path))}: it is a hard link to ${safeBytes(entry.linkname)}, which is not there`,
        );
      default:
        return target.putNode(path, entry, {
          type: entry.type,
          major: entry.devMajor,
          minor: entry.devMinor,
        });
    }
  }

  data(chunk: Uint8Array): void {
    if (this.current === undefined) return;
    const { file, places } = this.current;
    if (places === undefined) return file.write(chunk);
    for (const { data, offset } of places.place(chunk)) file.write(data, offset);
  }

  endEntry(): void {
    if (this.current === undefined) return;
    const { entry, file } = this.current;
    this.current = undefined;
    file.finish(entry, entry.sparse && entry.sizeBytes);
  }

  finish(): void {
    this.target.settle();
  }

  close(): void {
    this.current?.file.discard();
    this.target.close();
  }
}
