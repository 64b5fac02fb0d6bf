// The two that build: Debian's dockerd with BuildKit, and phyllo. Each over a store of its own.
import { createReadStream, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { saveImages } from '../../../src/docker/images.ts';
import { CliBench } from '../../cli/run-cli.ts';
import { startDocker } from '../../support/docker-daemon.ts';
import { runner } from '../../support/image-engines.ts';
import type { BuildCase } from './build-case.ts';
import { type SavedImage, readSavedImage } from './saved-image.ts';

/** The image, or why there is none. */
export type Outcome = { readonly image: SavedImage } | { readonly refusal: string };

export interface Builder {
  /** Images for FROM. */
  load(archive: string): Promise<void>;
  build(built: BuildCase, context: string, tag: string): Promise<Outcome>;
  stop(): Promise<void>;
}

/** Both have the same flags. */
function buildArguments(built: BuildCase, context: string, tag: string): string[] {
  const { file = 'Dockerfile', buildArgs = {}, target } = built;
  const given = Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  const upTo = target === undefined ? [] : ['--target', target];
  return ['build', '--network', 'none', '-f', join(context, file), '-t', tag, ...given, ...upTo, context];
}

/** Where it cannot start: undefined and a word about it, an error in CI. */
export async function startBuildKit(folder: string): Promise<Builder | undefined> {
  mkdirSync(folder, { recursive: true });
  const daemon = await startDocker(join(folder, 'daemon')).catch(skipLoudly);
  if (daemon === undefined) return undefined;
  // The Debian package's client: one that is newer than the daemon wants buildx for BuildKit.
  const program = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker';
  const docker = runner(program, ['--host', `unix://${daemon.socket}`], {
    DOCKER_BUILDKIT: '1',
    DOCKER_CONFIG: join(folder, 'config'),
  });
  const client = daemon.client();
  return {
    load: async (archive) => void (await docker('load', '-q', '-i', archive)),
    build: async (built, context, tag) => {
      const refusal = await refusalOf(docker(...buildArguments(built, context, tag)));
      return refusal ?? { image: await readSavedImage(await saveImages(client, [tag])) };
    },
    stop: async () => {
      client.close();
      await daemon.stop();
    },
  };
}

function skipLoudly(error: Error): undefined {
  if (env['CI'] === 'true') throw error;
  console.warn(`SKIPPED: ${error.message}; builds are not compared with BuildKit's`);
}

export function startPhyllo(folder: string): Builder {
  mkdirSync(folder, { recursive: true });
  const bench = new CliBench();
  const phyllo = async (...args: readonly string[]): Promise<void> => {
    const { code, err } = await bench.run(args, { env: { PHYLLO_ROOT: join(folder, 'store') } });
    if (code !== 0) throw new Error(err);
  };
  return {
    load: (archive) => phyllo('load', '-q', '-i', archive),
    build: async (built, context, tag) => {
      const refusal = await refusalOf(phyllo(...buildArguments(built, context, tag)));
      if (refusal !== undefined) return refusal;
      const archive = join(folder, `${tag.replace(':', '-')}.tar`);
      await phyllo('save', '-q', '-o', archive, tag);
      const image = await readSavedImage(createReadStream(archive));
      rmSync(archive);
      return { image };
    },
    stop: () => Promise.resolve(bench.remove()),
  };
}

function refusalOf(built: Promise<unknown>): Promise<{ refusal: string } | undefined> {
  return built.then(
    () => undefined,
    (error: unknown) => ({ refusal: (error as Error).message }),
  );
}
