// phyllo analyze: where the bytes of an image go, and whether that is good enough for CI.
import { once } from 'node:events';
import { analyzeStack } from '../../analysis/analysis.ts';
import { diveJson } from '../../analysis/dive/export.ts';
import { type DiveFigures, diveFigures } from '../../analysis/dive/figures.ts';
import { diveFigureLines, diveFileLines, diveResultLines } from '../../analysis/dive/report.ts';
import { type GateFigures, gateFigures, gateFiguresOfDive } from '../../analysis/gate/figures.ts';
import { judgeGate } from '../../analysis/gate/gate.ts';
import type { GateReport } from '../../analysis/gate/rules.ts';
import { shippedPaths } from '../../analysis/gate/shipped-paths.ts';
import { junitReport } from '../../analysis/report/junit.ts';
import { markdownReport } from '../../analysis/report/markdown.ts';
import { sarifReport } from '../../analysis/report/sarif.ts';
import { writeOutput } from '../../app/output-file.ts';
import { type AnalyzeResult, analyzeDocument } from '../analyze-document.ts';
import { analyzeLines, gateLines } from '../analyze-lines.ts';
import { type AnalyzeOptions, type Asked, type Gate, gateOf, whatWasAsked } from '../analyze-options.ts';
import { whatIf } from '../analyze-what-if.ts';
import type { Context } from '../context.ts';
import { safeJson } from '../json.ts';
import { openStack } from '../opened-stack.ts';
import { packageVersion } from '../package-version.ts';

interface Outcome extends AnalyzeResult {
  readonly figures: GateFigures;
  /** With `--compat dive` alone. */
  readonly dive: DiveFigures | undefined;
}

export async function run(context: Context, args: readonly string[], options: AnalyzeOptions): Promise<void> {
  const asked = whatWasAsked(args, options);
  const gate = await gateOf(context, options);
  const outcome = await analyze(context, asked, options, gate);
  await writeReports(outcome, options);
  // The document is written first, but never instead of the verdict.
  const isPrinted = asked.json !== undefined && asked.json.file === undefined;
  if (asked.json !== undefined) await writeDocument(context, outcome, asked.json.file);
  if (!isPrinted) await context.out.lines(textLines(outcome, gate));
  else if (outcome.gate) for (const line of gateLines(outcome.gate)) await context.note(line);
  context.exitCode = exitCodeOf(outcome.gate, options);
}

async function analyze(
  context: Context,
  asked: Asked,
  options: AnalyzeOptions,
  gate: Gate | undefined,
): Promise<Outcome> {
  const image = await openStack(context, asked.image, options);
  // dive compares no contents: its figures need none of an archive's bodies read.
  const isDiveAlone =
    options.compat === 'dive' && options.sarif === undefined && options.markdown === undefined;
  const stack = await context.indexed(image, () => (isDiveAlone ? image.stack : image.exact()));
  const baseLayers = image.bases[0] === undefined ? 0 : image.bases[0].layer + 1;
  const compressedBytes = stack.trees.map((_, layer) => image.layers[layer]?.compressedBytes ?? 0);
  const analysis = analyzeStack({ stack, rows: image.rows, compressedBytes, baseLayers });
  const dive = options.compat === 'dive' ? diveFigures(stack) : undefined;
  const figures = dive ? gateFiguresOfDive(dive) : gateFigures(stack, analysis.report);
  const verdict =
    gate &&
    judgeGate({
      figures,
      deadBytes: analysis.report.total,
      rules: gate.rules,
      ...(gate.baseline && { baseline: gate.baseline }),
      shippedAt: shippedPaths(stack),
    });
  return {
    image,
    stack,
    analysis,
    figures,
    dive,
    gate: verdict,
    whatIf: whatIf(stack, analysis.report, options),
  };
}

async function writeReports(outcome: Outcome, options: AnalyzeOptions): Promise<void> {
  const { image, gate } = outcome;
  const input = { ...outcome, title: image.title, version: await packageVersion() };
  if (options.sarif !== undefined) await writeFile(options.sarif, [sarifReport(input)]);
  if (options.junit !== undefined && gate) await writeFile(options.junit, [junitReport(image.title, gate)]);
  if (options.markdown !== undefined) await writeFile(options.markdown, [markdownReport(input)]);
}

async function writeDocument(context: Context, outcome: Outcome, file: string | undefined): Promise<void> {
  const pieces = documentPieces(outcome);
  if (file !== undefined) return writeFile(file, pieces);
  for (const piece of pieces) await context.out.write(piece);
  await context.out.write('\n');
}

function documentPieces({ dive, ...result }: Outcome): Iterable<string> {
  if (dive === undefined) return [safeJson(analyzeDocument(result))];
  const { stack, image } = result;
  return diveJson({ stack, rows: image.rows, diffIDs: image.config.diffIDs }, dive);
}

async function writeFile(path: string, pieces: Iterable<string>): Promise<void> {
  await writeOutput(path, async (output) => {
    for (const piece of pieces) if (!output.write(piece)) await once(output, 'drain');
  });
}

function* textLines(outcome: Outcome, gate: Gate | undefined): Generator<string> {
  const { dive, stack } = outcome;
  if (dive === undefined) {
    yield* analyzeLines(outcome);
    if (outcome.gate) yield* ['', ...gateLines(outcome.gate)];
    return;
  }
  if (gate?.hasCiRules)
    yield gate.configFile === undefined
      ? '  Using default CI config'
      : `  Using CI config: ${gate.configFile}`;
  yield* diveFigureLines(dive);
  yield* diveFileLines(stack, dive);
  if (outcome.gate) yield* diveResultLines(outcome.gate);
}

/** A gate that cannot be read is wrong usage; dive knows only 1. */
function exitCodeOf(gate: GateReport | undefined, { compat }: AnalyzeOptions): number {
  if (gate === undefined || gate.status === 'pass') return 0;
  return gate.status === 'fail' || compat === 'dive' ? 1 : 2;
}
