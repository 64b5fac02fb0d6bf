// phyllo build: drives the session to its end, or opens the screen that steps through it.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { OpenBuild } from '../../app/build-services.ts';
import type { BuildStep } from '../../build/build.ts';
import type { Diagnostic } from '../../dockerfile/instruction.ts';
import { excerpt } from '../../dockerfile/excerpt.ts';
import { type PhylloError, isPhylloError, toPhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import type { BuildOptions } from '../build-options.ts';
import { buildRequest } from '../build-options.ts';
import { type BuildReporter, jsonProgress, plainProgress } from '../build-progress.ts';
import { ttyProgress } from '../build-tty.ts';
import type { Context } from '../context.ts';
import { isInteractive } from '../io.ts';
import { safeJson } from '../json.ts';
import { openTerminalUI } from '../root.ts';
import { run as prune } from './build-prune.ts';
import { usageError } from '../usage.ts';

const FAILED = 1;

export async function run(
  context: Context,
  [place]: readonly string[],
  options: BuildOptions,
): Promise<void> {
  // Short for `builder prune`, unless somebody has a context of that name.
  if (place === 'prune' && !existsSync(place)) return prune(context);
  const request = buildRequest(context, place!, options);
  if (options.check) return check(context, request);
  if (options.step) {
    if (!isInteractive(context.io)) throw usageError('build', '--step needs a terminal');
    return openTerminalUI(context, { build: request });
  }
  const { builds } = await context.services();
  const build = await opened(context, () => context.work((work) => builds.open(request, work)));
  const stop = (): void => void build.session.stop();
  context.signal.addEventListener('abort', stop);
  try {
    await drive(context, build, options);
  } finally {
    context.signal.removeEventListener('abort', stop);
    await build.close();
  }
}

async function drive(context: Context, build: OpenBuild, options: BuildOptions): Promise<void> {
  const { session } = build;
  await warn(context, build.diagnostics, session.dockerfile, options);
  const reporter = reporterFor(context, build, options);
  try {
    await session.continue();
  } finally {
    await reporter.end();
  }
  for (const warning of build.warnings) await context.note(warning);
  const failed = session.steps.find(({ status }) => status === 'failed');
  if (failed?.error) {
    await showPlace(context, placed(failed, failed.error), session.dockerfile);
    // Whatever is wrong with a step, the command line was right.
    context.exitCodes = { usage: FAILED, failed: FAILED };
    throw failed.error;
  }
  if (session.status !== 'finished') throw toPhylloError(new DOMException('', 'AbortError'), 'build');
  const id = await build.finish();
  if (options.iidfile !== undefined) {
    await writeFile(options.iidfile, id).catch((error: unknown) => {
      throw toPhylloError(error, `write ${safeText(options.iidfile!)}`);
    });
  }
  if (options.quiet || options.progress === 'quiet') return context.out.line(id);
  if (options.progress === 'json')
    return context.out.line(safeJson(event({ event: 'image', image: id, tags: options.tag ?? [] })));
  const names = (options.tag ?? []).map((name) => ` named ${safeText(name)}`).join(',');
  await context.note(`built ${id}${names}`);
}

/** What a step says of its place, else that of its instruction. */
function placed({ instruction: { range } }: BuildStep, error: PhylloError): Pick<PhylloError, 'data'> {
  const { message, hint } = error;
  if (Array.isArray(error.data['diagnostics'])) return error;
  const diagnostic: Diagnostic = { severity: 'error', rule: 'step', message, range, ...(hint && { hint }) };
  return { data: { diagnostics: [diagnostic] } };
}

function event(body: object): object {
  return { schema: 'phyllo.build-event/1', ...body };
}

function reporterFor(
  context: Context,
  { session }: OpenBuild,
  { progress = 'auto', quiet }: BuildOptions,
): BuildReporter {
  const { stderr, env } = context.io;
  if (quiet || progress === 'quiet') return { end: async () => undefined };
  if (progress === 'json') {
    return jsonProgress(
      session,
      (body) => void context.out.line(safeJson(event(body))).catch(() => undefined),
    );
  }
  const wanted = progress === 'auto' ? (env['BUILDKIT_PROGRESS'] ?? 'auto') : progress;
  const isTty = wanted === 'tty' || (wanted === 'auto' && stderr.isTTY === true && env['TERM'] !== 'dumb');
  if (isTty) return ttyProgress(session, stderr);
  return plainProgress(session, (line) => void context.note(line));
}

async function warn(
  context: Context,
  diagnostics: readonly Diagnostic[],
  { source, name }: { source: string; name: string },
  { quiet }: BuildOptions,
): Promise<void> {
  if (quiet || diagnostics.length === 0) return;
  for (const diagnostic of diagnostics) await lines(context, excerpt(source, diagnostic, name));
}

async function lines(context: Context, text: string): Promise<void> {
  for (const line of text.split('\n')) await context.note(line);
}

/** What is wrong in the text is shown with its place before it is told in one line. */
async function opened(context: Context, open: () => Promise<OpenBuild>): Promise<OpenBuild> {
  try {
    return await open();
  } catch (error) {
    if (isPhylloError(error)) {
      const { source, name } = error.data as { source?: string; name?: string };
      if (source !== undefined && name !== undefined) await showPlace(context, error, { source, name });
    }
    throw error;
  }
}

async function showPlace(
  context: Context,
  { data }: { data: Readonly<Record<string, unknown>> },
  { source, name }: { source: string; name: string },
): Promise<void> {
  const diagnostics = (data['diagnostics'] ?? []) as readonly Diagnostic[];
  for (const diagnostic of diagnostics) await lines(context, excerpt(source, diagnostic, name));
}

async function check(context: Context, request: ReturnType<typeof buildRequest>): Promise<void> {
  const { builds } = await context.services();
  const { source, name, diagnostics } = await builds.check(request);
  for (const diagnostic of diagnostics) {
    await context.out.lines([...excerpt(source, diagnostic, name).split('\n'), '']);
  }
  if (diagnostics.length === 0) return context.out.line('Check complete, no warnings found.');
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  await context.out.line(`Check complete, ${diagnostics.length} found, ${errors} of them errors.`);
  context.exitCode = 1;
}
