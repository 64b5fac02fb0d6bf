// Applies a layer to a directory (OCI layer.md, "Applying Changesets"). Entries are hostile: see apply-target.ts for
// how they are kept inside. What the result is agrees with tree/merge.ts.
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { safeBytes, safeText } from '../lib/text.ts';
import { type AttributeOptions, Attributes } from './apply-attributes.ts';
import { latin1, raw } from './apply-directory.ts';
import { LowerInPlace, type LowerLayers } from './apply-lower.ts';
import { type OverlayForm, OverlayMarks } from './apply-overlay.ts';
import { TargetTree } from './apply-target.ts';
import { Warnings } from './apply-warnings.ts';
import { EntryWriter, type WriteResult, type WritingSink, writeEntries } from './apply-writer.ts';
import type { TarEntry } from './entry.ts';
import { interpretEntry } from './whiteout.ts';

export interface ApplyOptions extends AttributeOptions {
  readonly signal?: AbortSignal;
  /** Writes the layer alone, in the form that overlayfs stacks; the root is then an empty directory. */
  readonly overlay?: OverlayForm;
}

/**
 * Applies an uncompressed tar to the directory `root`, which holds the layers below (see `overlay`, too). On an error the directory is left
 * half changed, with nothing outside of it touched. Throws what `TarParser` throws, `cancelled`, `no-space`, `io` …
 */
export async function applyLayer(
  tar: AsyncIterable<Uint8Array>,
  root: string,
  options: ApplyOptions = {},
): Promise<WriteResult> {
  return writeEntries(tar, openApplier(root, options), { doing: 'apply layer', signal: options.signal });
}

function openApplier(root: string, options: ApplyOptions): LayerApplier {
  try {
    return new LayerApplier(root, options);
  } catch (error) {
    throw toPhylloError(error, `apply layer to ${safeText(root)}`);
  }
}

class LayerApplier implements WritingSink {
  private readonly warnings = new Warnings();
  private readonly target: TargetTree;
  private readonly lower: LowerLayers;
  private readonly writer: EntryWriter;
  /** Of the entry that came last, for errors. */
  path = '';

  constructor(root: string, options: ApplyOptions) {
    const attributes = new Attributes(options, this.warnings);
    const { overlay } = options;
    this.target = new TargetTree(root, 'replace', attributes, overlay?.implied);
    this.writer = new EntryWriter(this.target, (path, target) => this.putHardlink(path, target));
    this.lower = overlay ? new OverlayMarks(this.target, overlay) : new LowerInPlace(this.target);
  }

  entry(entry: TarEntry): void {
    this.path = latin1(entry.path);
    const meaning = interpretEntry(entry);
    switch (meaning.kind) {
      case 'ignored':
        return this.warnings.note(`ignored, ${meaning.reason}`, this.path);
      case 'whiteout':
        return this.whiteOut(latin1(meaning.path));
      case 'opaque':
        return this.lower.hideContent(latin1(meaning.path));
      case 'entry':
        this.put(entry, this.path);
        if (meaning.opaque) this.lower.hideContent(this.path);
    }
  }

  data(chunk: Uint8Array): void {
    this.writer.data(chunk);
  }

  endEntry(): void {
    this.writer.endEntry();
  }

  finish(): WriteResult {
    this.lower.finish();
    this.target.settle();
    const { files, bytes } = this.writer;
    return { files, bytes, warnings: this.warnings.lines() };
  }

  close(): void {
    this.writer.discard();
    this.target.close();
  }

  // ----------------------------------------------------------------- entries

  private put(entry: TarEntry, path: string): void {
    this.lower.claim(path, entry.type === 'dir');
    if (path === '' && entry.type !== 'dir') throw refuse(path, 'the root has to be a directory');
    this.writer.put(entry, path);
  }

  private putHardlink(path: string, target: string): void {
    if (this.target.putHardlink(path, target) || this.lower.putHardlink(path, target)) return;
    if (!this.target.leftOut.has(target))
      throw refuse(path, `it is a hard link to ${safeBytes(raw(target))}, which is not there`);
    this.target.leftOut.add(path);
    this.warnings.note('another name of a device node left out', path);
  }

  private whiteOut(path: string): void {
    if (path === '') return this.warnings.note('ignored, a whiteout of the root', path);
    this.lower.whiteOut(path);
  }
}

function refuse(path: string, reason: string): PhylloError {
  return new PhylloError('invalid-archive', `apply /${safeBytes(raw(path))}: ${reason}`);
}
