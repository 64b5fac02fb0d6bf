// The details of what is under the cursor of the bloat screen: exact bytes, and who is to blame. Pure.
import type { Advice } from '../../analysis/advice/advice.ts';
import type { DeadBytes } from '../../analysis/dead.ts';
import { CAUSES } from '../../analysis/deaths.ts';
import type { Duplicate } from '../../analysis/duplicates.ts';
import { estimateCompressed } from '../../analysis/what-if.ts';
import type { ExploredImage } from '../../app/services.ts';
import { safeBytes } from '../../lib/text.ts';
import { displaySize, formatCount } from '../../lib/units.ts';
import type { StackIndex } from '../../tree/stack-index.ts';
import type { BloatFigures } from '../screens/bloat/bloat-phase.ts';
import type { BloatScreen } from '../screens/bloat/bloat-screen.ts';
import type { DeadFileRow, DeadFiles } from '../screens/bloat/dead-files.ts';
import type { WasteLine } from '../screens/bloat/waste-list.ts';
import type { AdviceLine, WhatIf } from '../screens/bloat/what-if-list.ts';
import type { Theme } from '../theme/theme.ts';
import {
  ADVICE_WORDS,
  CAUSE_SENTENCES,
  CAUSE_WORDS,
  compressedText,
  percentText,
  whatIfText,
} from './bloat-text.ts';
import { exactSize } from './layer-details.ts';
import { instructionLine } from './stack-rows.ts';
import { type Field, fieldLines, wrapText } from './wrap.ts';

interface Told {
  readonly title: string;
  /** A text without a label is a paragraph. */
  readonly fields: readonly (Field | string)[];
}

const MOST_PATHS = 20;
const MOST_FATES = 10;

export function bloatDetails(
  screen: BloatScreen,
  figures: BloatFigures,
  width: number,
  theme: Theme,
): string[] {
  const told = toldOf(screen, figures);
  if (!told) return ['nothing is selected'];
  return [
    ...wrapText(told.title, width).map((line) => theme.title(line)),
    ...told.fields.flatMap((field) =>
      typeof field === 'string' ? [...wrapText(field, width), ''] : fieldLines(field, width, theme.muted),
    ),
  ];
}

function toldOf(screen: BloatScreen, figures: BloatFigures): Told | undefined {
  const image = screen.image!;
  switch (screen.subject) {
    case 'layers':
      return screen.layers.current && wasteTold(screen.layers.current, figures, image);
    case 'files':
      return screen.files.current && fileTold(screen.dead!, screen.files.current, figures, image);
    case 'advice':
      return screen.advice.current && adviceLineTold(screen.advice.current, figures, image);
    case 'duplicates':
      return screen.duplicates.current && duplicateTold(screen.duplicates.current, figures);
  }
}

/** `layer 7, RUN chmod …` */
function layerText({ rows }: ExploredImage, layer: number): string {
  const made = rows.find((one) => one.layer === layer);
  return `layer ${layer}${made ? `, ${instructionLine(made)}` : ''}`;
}

function pathField(stack: StackIndex, nodes: readonly number[], label: string): Field[] {
  return nodes.slice(0, MOST_PATHS).map((node, index) => ({
    label: index === 0 ? label : '',
    value: `/${safeBytes(stack.pathBytes(node))}`,
  }));
}

function compressedField(bytes: number, compressedBytes: number): Field[] {
  const value = compressedText(bytes, compressedBytes);
  return value === undefined ? [] : [{ label: '', value }];
}

// ------------------------------------------------------------ what is wasted

function wasteTold(line: WasteLine, { stack, analysis }: BloatFigures, image: ExploredImage): Told {
  switch (line.kind) {
    case 'heading':
    case 'all':
      return { title: 'all that is dead', fields: allFields(analysis, stack) };
    case 'cause':
      return {
        title: CAUSE_WORDS[line.cause],
        fields: [
          CAUSE_SENTENCES[line.cause],
          { label: 'dead', value: exactSize(line.bytes) },
          { label: 'share', value: `${percentText(line.bytes, analysis.report.total)} of all that is dead` },
        ],
      };
    case 'layer':
      return { title: instructionLine(line.dead.row), fields: layerFields(line, { stack, analysis }, image) };
  }
}

function allFields(analysis: BloatFigures['analysis'], stack: StackIndex): (Field | string)[] {
  const compressed = analysis.estimatedCompressedDead.reduce((sum, bytes) => sum + bytes, 0);
  return [
    'Bytes that the layers ship and nobody can see in the final file system.',
    { label: 'shipped', value: `${exactSize(analysis.sizeBytes)} in ${stack.layerCount} layers` },
    { label: 'visible', value: exactSize(analysis.visibleBytes) },
    { label: 'dead', value: exactSize(analysis.report.total) },
    ...compressedField(analysis.report.total, compressed),
    ...causeFields(analysis.dead),
  ];
}

function causeFields(dead: DeadBytes): Field[] {
  return CAUSES.filter((cause) => dead[cause] > 0).map((cause) => ({
    label: '',
    value: `${exactSize(dead[cause])} ${CAUSE_WORDS[cause]}`,
  }));
}

function layerFields(
  { layer, dead }: Extract<WasteLine, { kind: 'layer' }>,
  { stack, analysis }: Pick<BloatFigures, 'stack' | 'analysis'>,
  image: ExploredImage,
): Field[] {
  const shipped = stack.trees[layer]!.facts.contentBytes;
  const own = CAUSES.reduce((sum, cause) => sum + dead.dead[cause], 0);
  const fields: Field[] = [
    { label: 'layer', value: String(layer) },
    { label: 'shipped', value: exactSize(shipped) },
    { label: 'dead', value: `${exactSize(own)}, ${percentText(own, shipped)} of it` },
    ...causeFields(dead.dead),
  ];
  fields.push(...compressedField(own, analysis.estimatedCompressedDead[layer]!));
  const told = (label: string, list: typeof dead.killedBy): void => {
    list
      .toSorted((a, b) => b.bytes - a.bytes)
      .forEach((other, index) =>
        fields.push({
          label: index === 0 ? label : '',
          value: `${displaySize(other.bytes)} ${layerText(image, other.layer)}`,
        }),
      );
  };
  told('killed by', dead.killedBy);
  told('killed', dead.killed);
  return fields;
}

// ----------------------------------------------------------------- dead files

function fileTold(
  dead: DeadFiles,
  { node, isGroup }: DeadFileRow,
  { stack }: BloatFigures,
  image: ExploredImage,
): Told {
  const title = `/${safeBytes(stack.pathBytes(node))}${isGroup ? '/' : ''}`;
  if (isGroup) return { title, fields: groupFields(dead, node, image) };
  const { bytes, maker, killer, cause } = dead.deaths;
  const fields = dead.deathsOf(node).flatMap((death): Field[] => [
    { label: 'dead', value: `${exactSize(bytes[death]!)}: ${CAUSE_WORDS[CAUSES[cause[death]!]!]}` },
    { label: 'made by', value: layerText(image, maker[death]!) },
    { label: 'killed by', value: layerText(image, killer[death]!) },
  ]);
  return { title, fields };
}

function groupFields(dead: DeadFiles, node: number, image: ExploredImage): Field[] {
  const count = formatCount(dead.counts[node]!);
  const fates = dead.fatesBelow(node).slice(0, MOST_FATES);
  return [
    { label: 'dead', value: `${exactSize(dead.bytes[node]!)} at ${count} paths` },
    ...fates.flatMap(({ maker, killer, bytes }): Field[] => [
      { label: displaySize(bytes), value: `made by ${layerText(image, maker)}` },
      { label: '', value: `killed by ${layerText(image, killer)}` },
    ]),
  ];
}

// -------------------------------------------------------- advice, duplicates

function adviceLineTold(line: AdviceLine, figures: BloatFigures, image: ExploredImage): Told {
  switch (line.kind) {
    case 'heading':
      return { title: line.text, fields: [] };
    case 'advice':
      return adviceTold(line.advice, figures, image);
    case 'what-if':
      return whatIfTold(line.whatIf, figures, image);
  }
}

function adviceTold(advice: Advice, { stack }: BloatFigures, image: ExploredImage): Told {
  const { savedBytes, savedCompressedBytes, maker, killer, nodes } = advice;
  const fields: (Field | string)[] = [
    advice.problem,
    advice.change,
    { label: 'saves', value: exactSize(savedBytes) },
    ...compressedField(savedBytes, savedCompressedBytes ?? savedBytes),
    { label: 'made by', value: layerText(image, maker) },
  ];
  if (killer !== undefined) fields.push({ label: 'killed by', value: layerText(image, killer) });
  return { title: ADVICE_WORDS[advice.kind], fields: [...fields, ...pathField(stack, nodes, 'paths')] };
}

function whatIfTold(whatIf: WhatIf, { stack }: BloatFigures, image: ExploredImage): Told {
  const { sizeBytes, savedBytes, savedByLayer } = whatIf.prediction;
  const stored = stack.trees.map((_, layer) => image.layers[layer]?.compressedBytes ?? 0);
  const compressed = stored.reduce(
    (sum, _, layer) => sum + estimateCompressed(stack, layer, savedByLayer[layer]!, stored),
    0,
  );
  const fields: Field[] = [
    { label: 'saves', value: exactSize(savedBytes) },
    ...compressedField(savedBytes, compressed),
    { label: 'leaves', value: exactSize(sizeBytes) },
  ];
  const layers = Array.from(savedByLayer, (bytes, layer) => ({ bytes, layer })).filter(
    ({ bytes }) => bytes > 0,
  );
  layers.forEach(({ bytes, layer }, index) =>
    fields.push({
      label: index === 0 ? 'smaller' : '',
      value: `${displaySize(bytes)} ${layerText(image, layer)}`,
    }),
  );
  const paths = whatIf.kind === 'without' ? pathField(stack, whatIf.nodes, 'paths') : [];
  return { title: whatIfText(whatIf), fields: [...fields, ...paths] };
}

function duplicateTold({ sha256, sizeBytes, savedBytes, nodes }: Duplicate, { stack }: BloatFigures): Told {
  const copies = savedBytes / sizeBytes + 1;
  return {
    title: `${formatCount(copies)} files with the same content`,
    fields: [
      { label: 'each', value: exactSize(sizeBytes) },
      { label: 'saves', value: `${exactSize(savedBytes)} when there is one of them` },
      { label: 'sha256', value: sha256 },
      ...pathField(stack, nodes, 'paths'),
    ],
  };
}
