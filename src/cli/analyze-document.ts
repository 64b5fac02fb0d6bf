// `phyllo analyze --json`.
import type { Analysis } from '../analysis/analysis.ts';
import { deadPaths } from '../analysis/dead-paths.ts';
import { sumOf } from '../analysis/dead.ts';
import { diveFigures } from '../analysis/dive/figures.ts';
import { rowsOfLayers } from '../analysis/instructions.ts';
import type { GateReport } from '../analysis/gate/rules.ts';
import type { ExploredImage } from '../app/services.ts';
import { escapeBytes, isUtf8 } from '../lib/text.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import type { WhatIf } from './analyze-what-if.ts';
import { imageDocument } from './explored.ts';
import { bytesField } from './json.ts';

export interface AnalyzeResult {
  readonly image: ExploredImage;
  readonly stack: StackIndex;
  readonly analysis: Analysis;
  readonly whatIf: WhatIf;
  readonly gate: GateReport | undefined;
}

export function analyzeDocument({ image, stack, analysis, whatIf, gate }: AnalyzeResult): object {
  const { sizeBytes, visibleBytes, dead, report } = analysis;
  return {
    schema: 'phyllo.analyze/1',
    image: imageDocument(image),
    size: sizeBytes,
    visible: visibleBytes,
    dead: { total: report.total, ...dead },
    layers: layerDocuments(image, stack, analysis),
    files: deadPaths(stack, report).map(({ node, bytes, copies, cause, makers, killers }) => ({
      ...bytesField('path', pathOf(stack, node)),
      dead: bytes,
      copies,
      cause,
      layers: makers,
      killedBy: killers,
    })),
    duplicates: analysis.duplicates.map(({ sha256, sizeBytes: size, nodes, savedBytes }) => ({
      digest: `sha256:${sha256}`,
      size,
      saved: savedBytes,
      ...pathsField(stack, nodes),
    })),
    advice: analysis.advice.map((advice) => ({
      kind: advice.kind,
      saved: advice.savedBytes,
      estimatedCompressedSaved: advice.savedCompressedBytes ?? null,
      layer: advice.maker,
      killedBy: advice.killer ?? null,
      problem: advice.problem,
      change: advice.change,
      ...pathsField(stack, advice.nodes),
    })),
    whatIf: whatIfDocument(stack, whatIf),
    compat: compatDocument(stack),
    ...(gate && { gate: gateDocument(stack, gate) }),
  };
}

function layerDocuments(
  image: ExploredImage,
  stack: StackIndex,
  { report, estimatedCompressedDead }: Analysis,
): object[] {
  const rows = rowsOfLayers(image.rows, stack.layerCount);
  return report.byLayer.map((dead, index) => ({
    index,
    // The layer of a container has none.
    diffID: image.layers[index]?.diffID ?? null,
    createdBy: rows[index]?.createdBy ?? '',
    size: stack.trees[index]!.facts.contentBytes,
    dead: { total: sumOf(dead), ...dead },
    estimatedCompressedDead: estimatedCompressedDead[index]!,
    killedBy: Array.from(report.killers[index]!, ([layer, bytes]) => ({ layer, bytes })).sort(
      (a, b) => a.layer - b.layer,
    ),
  }));
}

function whatIfDocument(stack: StackIndex, { squash, without }: WhatIf): object {
  return {
    squash,
    without:
      without === undefined
        ? null
        : { size: without.size, saved: without.saved, ...pathsField(stack, without.nodes) },
  };
}

/** JSON has no NaN and no infinity: dive's division by nothing is null. */
function compatDocument(stack: StackIndex): object {
  const { efficiency, wastedBytes, userWastedPercent } = diveFigures(stack);
  return {
    efficiency,
    wastedBytes,
    userWastedPercent: Number.isFinite(userWastedPercent) ? userWastedPercent : null,
  };
}

function gateDocument(stack: StackIndex, { status, results }: GateReport): object {
  return {
    status,
    results: results.map(({ rule, status: own, message, nodes }) => ({
      rule,
      status: own,
      message,
      ...pathsField(stack, nodes),
    })),
  };
}

/** `pathsBase64` beside the texts where one of them is not UTF-8. */
function pathsField(stack: StackIndex, nodes: readonly number[]): Record<string, string[]> {
  const all = nodes.map((node) => pathOf(stack, node));
  const paths = all.map(escapeBytes);
  if (all.every(isUtf8)) return { paths };
  return { paths, pathsBase64: all.map((bytes) => Buffer.from(bytes).toString('base64')) };
}

function pathOf(stack: StackIndex, node: number): Uint8Array {
  return Buffer.concat([Buffer.from('/'), stack.pathBytes(node)]);
}
