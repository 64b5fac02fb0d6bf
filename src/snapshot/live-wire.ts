// A LiveLayer as bytes, for another process: the tree's own columns, and JSON for the few numbers beside it.
import { PhylloError } from '../lib/errors.ts';
import { LayerTree } from '../tree/layer-tree.ts';
import type { LiveLayer } from './live-layer.ts';
import { verifyTree } from './live-verify.ts';

const MAGIC = 0x4c49_5645;
/** Magic, bytes of JSON, bytes of the tree (each u32, little endian), then both. */
const HEAD_BYTES = 12;

interface Beside {
  readonly changedBytes: readonly (readonly [node: number, bytes: number])[];
  readonly movedFrom: readonly (readonly [node: number, base64: string])[];
}

export function encodeLiveLayer({ tree, changedBytes, movedFrom }: LiveLayer): Uint8Array {
  const beside: Beside = {
    changedBytes: [...changedBytes],
    movedFrom: Array.from(movedFrom, ([node, path]) => [node, Buffer.from(path).toString('base64')]),
  };
  const json = Buffer.from(JSON.stringify(beside));
  const columns = tree.columns.seal();
  const bytes = Buffer.alloc(HEAD_BYTES + json.length + columns.length);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(json.length, 4);
  bytes.writeUInt32LE(columns.length, 8);
  bytes.set(json, HEAD_BYTES);
  bytes.set(columns, HEAD_BYTES + json.length);
  return bytes;
}

/** Throws `invalid-archive` for anything that `encodeLiveLayer` does not write. */
export function decodeLiveLayer(bytes: Uint8Array): LiveLayer {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (data.length < HEAD_BYTES || data.readUInt32LE(0) !== MAGIC) throw damaged('it has another format');
  const jsonBytes = data.readUInt32LE(4);
  const columnsBytes = data.readUInt32LE(8);
  if (HEAD_BYTES + jsonBytes + columnsBytes !== data.length) throw damaged('its size is wrong');
  const shared = new SharedArrayBuffer(columnsBytes);
  new Uint8Array(shared).set(data.subarray(HEAD_BYTES + jsonBytes));
  try {
    const tree = LayerTree.from(shared, true);
    verifyTree(tree);
    const beside = JSON.parse(data.toString('utf8', HEAD_BYTES, HEAD_BYTES + jsonBytes)) as Partial<Beside>;
    return {
      tree,
      changedBytes: new Map(pairs(beside.changedBytes, tree, isByteCount)),
      movedFrom: new Map(
        pairs(beside.movedFrom, tree, isText).map(([node, text]) => [node, Buffer.from(text, 'base64')]),
      ),
    };
  } catch (error) {
    // What the columns do not allow is a RangeError of a typed array, bad JSON a SyntaxError.
    throw error instanceof PhylloError ? error : damaged('it is damaged', error);
  }
}

function pairs<Value>(
  list: unknown,
  { count }: LayerTree,
  isValue: (value: unknown) => value is Value,
): [number, Value][] {
  if (!Array.isArray(list)) throw damaged('it is damaged');
  return list.map((pair: unknown) => {
    const [node, value] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (!isByteCount(node) || node >= count || !isValue(value)) throw damaged('it is damaged');
    return [node, value];
  });
}

function isByteCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function damaged(reason: string, cause?: unknown): PhylloError {
  return new PhylloError('invalid-archive', `read live layer: ${reason}`, { cause });
}
