// phyllo info: what phyllo works with here.
import { availableParallelism } from 'node:os';
import { arch, platform, version } from 'node:process';
import { settingsPath } from '../../app/settings.ts';
import { safeText } from '../../lib/text.ts';
import { formatSize } from '../../lib/units.ts';
import type { ContainersService } from '../../app/container-services.ts';
import type { Context } from '../context.ts';
import { packageVersion } from '../package-version.ts';

interface InfoOptions {
  readonly json?: boolean;
}

export async function run(context: Context, _: readonly string[], { json }: InfoOptions): Promise<void> {
  const { system, settings, containers } = await context.services();
  const [usage, own, engines, all] = await Promise.all([
    system.diskUsage(),
    packageVersion(),
    containers.engines(),
    containers.list(),
  ]);
  const facts = {
    version: own,
    root: system.root,
    readOnly: system.readOnly,
    images: usage.images.count,
    blobs: usage.blobs.count,
    blobBytes: usage.blobs.sizeBytes,
    cacheBytes: usage.caches.sizeBytes,
    containers: all.length,
    running: all.filter(({ status }) => status === 'running').length,
    engine: engines.chosen ?? null,
    engines: engines.engines,
    settings: settingsPath(context.io.env),
    settingsWarnings: settings.warnings,
    theme: settings.theme,
    os: platform,
    arch,
    cpus: availableParallelism(),
    node: version,
  };
  if (json) return context.print({ schema: 'phyllo.info/1', ...facts });
  const lines = [
    `Version:   ${facts.version} (Node ${facts.node}, ${facts.os}/${facts.arch}, ${facts.cpus} CPUs)`,
    `Store:     ${safeText(facts.root)}${facts.readOnly ? ' (read-only)' : ''}`,
    `Images:    ${facts.images}`,
    `Blobs:     ${facts.blobs}, ${formatSize(facts.blobBytes)}`,
    `Caches:    ${formatSize(facts.cacheBytes)}`,
    `Settings:  ${safeText(facts.settings)}, theme ${facts.theme}`,
    `Running:   ${facts.running} of ${facts.containers} containers`,
    ...engineLines(engines),
    ...settings.warnings.map((warning) => `Warning:   ${safeText(warning)}`),
  ];
  await context.out.lines(lines);
}

/** What each engine is here, the one that is taken by itself marked, and what would make it better. */
function engineLines({ chosen, engines }: Awaited<ReturnType<ContainersService['engines']>>): string[] {
  return [
    'Engines:',
    ...engines.flatMap(({ name, works, summary, missing }) => [
      `  ${name === chosen ? '*' : works ? '+' : '-'} ${name.padEnd(8)} ${safeText(summary)}`,
      ...missing.map((line) => `             missing: ${safeText(line)}`),
    ]),
    `  ${chosen === undefined ? 'None works.' : '* is what --engine auto takes; + works; - does not.'}`,
  ];
}
