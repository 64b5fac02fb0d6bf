// The bytes of a file of any size for a hex view: only a window of them is held, read again where the view leaves it.
import type { FileContent } from '../../../app/services.ts';
import { HEX_ROW_BYTES } from '../../present/hex-rows.ts';

const WINDOW_BYTES = 64 * 1024;

export class HexWindow {
  readonly sizeBytes: number;
  /** Why bytes are missing. */
  problem: unknown;
  private readonly content: FileContent;
  private readonly onRead: () => void;
  private data: Uint8Array = new Uint8Array(0);
  private offset = -1;
  private wanted = -1;

  constructor(content: FileContent, onRead: () => void) {
    this.content = content;
    this.sizeBytes = content.sizeBytes;
    this.onRead = onRead;
  }

  get rowCount(): number {
    return Math.ceil(this.sizeBytes / HEX_ROW_BYTES);
  }

  /** The bytes of some rows; undefined while they are being read. */
  rows(top: number, count: number): Uint8Array | undefined {
    const start = top * HEX_ROW_BYTES;
    const end = Math.min(this.sizeBytes, start + count * HEX_ROW_BYTES);
    if (this.offset >= 0 && start >= this.offset && end <= this.offset + this.data.length) {
      return this.data.subarray(start - this.offset, end - this.offset);
    }
    this.read(start);
    return undefined;
  }

  private read(start: number): void {
    const offset = Math.max(0, start - WINDOW_BYTES / 4);
    if (offset === this.wanted) return;
    this.wanted = offset;
    void this.content.read(offset, WINDOW_BYTES).then(
      (data) => {
        if (this.wanted !== offset) return;
        this.data = data;
        this.offset = offset;
        this.onRead();
      },
      (error: unknown) => {
        this.problem = error;
        this.onRead();
      },
    );
  }
}
