// The list of transfers as rows: each one, why it failed, and its layers unless it is folded. Pure.
import type { LayerTransfer, Transfer } from '../../transfers.ts';

export type TransferRow =
  | {
      readonly kind: 'transfer';
      readonly transfer: Transfer;
      readonly isFolded: boolean;
      readonly key: string;
    }
  | { readonly kind: 'problem'; readonly transfer: Transfer; readonly key: string }
  | {
      readonly kind: 'layer';
      readonly transfer: Transfer;
      readonly layer: LayerTransfer;
      readonly key: string;
    };

export function transferRows(
  transfers: readonly Transfer[],
  isFolded: (transfer: Transfer) => boolean,
): TransferRow[] {
  return transfers.flatMap((transfer) => {
    const key = String(transfer.id);
    const folded = isFolded(transfer);
    const rows: TransferRow[] = [{ kind: 'transfer', transfer, isFolded: folded, key }];
    if (transfer.state === 'failed') rows.push({ kind: 'problem', transfer, key: `${key} problem` });
    if (folded) return rows;
    for (const layer of transfer.layers.values())
      rows.push({ kind: 'layer', transfer, layer, key: `${key} ${layer.key}` });
    return rows;
  });
}
