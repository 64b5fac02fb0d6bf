// A regular file while it is being written: whole in the end, or gone.
import { closeSync, ftruncateSync, unlinkSync, writeSync } from 'node:fs';
import type { Attributes, Metadata } from './apply-attributes.ts';

export class NewFile {
  private readonly at: { readonly path: string; readonly place: Buffer; readonly fd: number };
  private readonly attributes: Attributes;

  /** `fd` is open for writing on the empty file at `place`, and is closed in the end. */
  constructor(at: { path: string; place: Buffer; fd: number }, attributes: Attributes) {
    this.at = at;
    this.attributes = attributes;
  }

  /** At `position`, or after what was written last. A write may take less than it was given. */
  write(data: Uint8Array, position: number | null = null): void {
    for (let done = 0; done < data.length;) {
      const at = position === null ? null : position + done;
      done += writeSync(this.at.fd, data, done, data.length - done, at);
    }
  }

  /** `sizeBytes` cuts or extends the file (with a hole) where its content does not end there. */
  finish(metadata: Metadata, sizeBytes?: number): void {
    try {
      if (sizeBytes !== undefined) ftruncateSync(this.at.fd, sizeBytes);
      this.attributes.apply({ ...this.at, kind: 'file' }, metadata);
    } catch (error) {
      unlinkSync(this.at.place);
      throw error;
    } finally {
      closeSync(this.at.fd);
    }
  }

  discard(): void {
    closeSync(this.at.fd);
    unlinkSync(this.at.place);
  }
}
