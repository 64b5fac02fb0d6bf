// The R/W layer of a container at one moment.
import type { LayerTree } from '../tree/layer-tree.ts';

export interface LiveLayer {
  /**
   * As the layer would be when it were committed now: whiteouts and opaque directories as such. `dataOffset` is -1
   * everywhere; contents are asked of the engine.
   */
  readonly tree: LayerTree;
  /**
   * For regular files that cover one of a lower layer, by node: how many bytes really differ from it (whole blocks of
   * 4096 bytes; what lies beyond the shorter of the two counts). Files of which it is not known are absent.
   */
  readonly changedBytes: ReadonlyMap<number, number>;
  /** Nodes that were moved here from a lower layer's path (raw bytes), where that can be told. */
  readonly movedFrom: ReadonlyMap<number, Uint8Array>;
}
