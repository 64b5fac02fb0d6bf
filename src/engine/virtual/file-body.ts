// The bytes of a file, wherever they are.
import type { FileContent } from '../../tree/content.ts';
import { deviceContent, madeContent } from './device-content.ts';
import type { Body } from './inode.ts';
import type { MergedTree } from './merged-tree.ts';
import type { OwnFiles } from './own-files.ts';

export async function openBody(
  { tree, own }: { tree: MergedTree; own: OwnFiles },
  body: Body,
  sizeBytes: number,
): Promise<FileContent> {
  switch (body.kind) {
    case 'lower':
      return tree.lower.content(body.version);
    case 'own':
      return own.content(body.number, sizeBytes);
    case 'device':
      return deviceContent(body.device);
    case 'made':
      return madeContent(Buffer.from(body.text));
    case 'empty':
      return madeContent(new Uint8Array(0));
  }
}

export async function* joined(old: FileContent | undefined, data: Uint8Array): AsyncGenerator<Uint8Array> {
  if (old !== undefined) for await (const chunk of await old.open()) yield chunk as Uint8Array;
  yield data;
}
