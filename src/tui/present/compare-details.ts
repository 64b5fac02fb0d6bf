// The details of what is under the cursor of the compare screen: both sides in full. Pure.
import type { ExploredImage } from '../../app/services.ts';
import { safeBytes, safeText } from '../../lib/text.ts';
import { NodeType } from '../../tree/layer-tree.ts';
import { modeText } from '../../tree/mode-text.ts';
import { type SquashView, contentBytes } from '../../tree/squash-view.ts';
import { ABSENT } from '../../tree/stack-index.ts';
import type { CompareScreen, ComparePhase } from '../screens/compare/compare-screen.ts';
import type { ComparedFiles } from '../screens/compare/file-list.ts';
import type { ComparedLayerRow } from '../screens/compare/layer-list.ts';
import type { Theme } from '../theme/theme.ts';
import { octal, ownerText, timeText, typeName } from './attributes.ts';
import { settingText } from './compare-rows.ts';
import { exactSize } from './layer-details.ts';
import { type Field, fieldLines, wrapText } from './wrap.ts';

interface Told {
  readonly title: string;
  /** A text without a label is a heading. */
  readonly fields: readonly (Field | string)[];
}

export function compareDetails(
  screen: CompareScreen,
  phase: Extract<ComparePhase, { kind: 'ready' }>,
  width: number,
  theme: Theme,
): string[] {
  const told = toldOf(screen, phase);
  const notes = phase.comparison.notes.map((note): Field => ({ label: 'note', value: safeText(note) }));
  if (!told) return ['nothing is selected', ...notes.flatMap((note) => fieldLines(note, width, theme.muted))];
  const fields = screen.subject === 'packages' ? [...told.fields, ...notes] : told.fields;
  return [
    ...wrapText(told.title, width).map((line) => theme.title(line)),
    ...fields.flatMap((field) =>
      typeof field === 'string' ? ['', theme.accent(field)] : fieldLines(field, width, theme.muted),
    ),
  ];
}

function toldOf(
  screen: CompareScreen,
  { files }: Extract<ComparePhase, { kind: 'ready' }>,
): Told | undefined {
  const names = screen.sources.map(({ title }) => title) as [string, string];
  switch (screen.subject) {
    case 'layers':
      return screen.layers.current && layerTold(screen.layers.current, screen.images!);
    case 'files':
      return screen.files.current && fileTold(files, screen.files.current.index, names);
    case 'config': {
      const one = screen.config.current;
      return (
        one &&
        valuesTold(safeText(one.field), names, one.a && settingText(one.a), one.b && settingText(one.b))
      );
    }
    case 'packages': {
      const one = screen.packages.current;
      return (
        one &&
        valuesTold(
          `${one.kind} ${safeText(one.name)}`,
          names,
          one.a && safeText(one.a),
          one.b && safeText(one.b),
        )
      );
    }
  }
}

const NOWHERE = 'not there';

function valuesTold(
  title: string,
  [nameA, nameB]: readonly [string, string],
  a: string | undefined,
  b: string | undefined,
): Told {
  const value = (text: string | undefined): Field => ({ label: '', value: text ?? NOWHERE });
  return { title, fields: [nameA, value(a), nameB, value(b)] };
}

function layerTold(row: ComparedLayerRow, images: readonly [a: ExploredImage, b: ExploredImage]): Told {
  if (row.kind === 'heading') return { title: row.text, fields: [] };
  const image = row.b === undefined ? images[0] : images[1];
  const layer = row.b ?? row.a!;
  const info = image.layers[layer];
  const history = image.rows.find((one) => one.layer === layer);
  const fields: Field[] = [{ label: 'layer', value: `${layer} of ${image.title}` }];
  if (row.a !== undefined && row.b !== undefined)
    fields.push({ label: 'also', value: `${row.a} of ${images[0].title}` });
  if (info) {
    fields.push({ label: 'diffID', value: info.diffID }, { label: 'digest', value: info.digest });
    fields.push({ label: 'compressed', value: exactSize(info.compressedBytes) });
  }
  return { title: safeText(history?.instruction || '(no history)'), fields };
}

function fileTold(files: ComparedFiles, index: number, [nameA, nameB]: readonly [string, string]): Told {
  const { a, b, nodesA, nodesB } = files.files;
  return {
    title: files.path(index),
    fields: [nameA, ...entryFields(a, nodesA[index]!), nameB, ...entryFields(b, nodesB[index]!)],
  };
}

function entryFields(view: SquashView, node: number): Field[] {
  if (node === ABSENT) return [{ label: '', value: NOWHERE }];
  const { stack } = view;
  const version = view.version[node]!;
  const { tree, node: entry } = stack.locateContent(version);
  const isDirectory = view.isDirectory(node);
  const fields: Field[] = [
    { label: 'type', value: typeName(tree, entry) },
    {
      label: 'mode',
      value: `${modeText(tree.type[entry]!, tree.mode[entry]!)} (${octal(tree.mode[entry]!)})`,
    },
    { label: 'owner', value: ownerText(tree, entry) },
    { label: 'modified', value: `${timeText(tree.mtimeSeconds[entry]!)} UTC` },
    { label: 'size', value: exactSize(isDirectory ? view.sizeBytes[node]! : contentBytes(stack, version)) },
    { label: 'written by', value: `layer ${stack.layerOf(version)}` },
  ];
  if (tree.type[entry] === NodeType.symlink)
    fields.push({ label: 'points to', value: safeBytes(tree.linkBytes(entry)) });
  for (const [name, value] of tree.xattrs(entry))
    fields.push({ label: 'xattr', value: `${safeText(name)} ${value}` });
  return fields;
}
