// docker commit: the R/W layer of a container as one more layer of its image, and what it was run with as configuration.
import type { Container } from '../engine/container.ts';
import { type JsonObject, isJsonObject } from '../oci/json.ts';
import { asOciLayer, makeImage } from '../oci/make-image.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { applyConfigChanges } from './config-changes.ts';
import type { CommitRequest } from './container-services.ts';

const OF_BUILDER: ReadonlySet<string> = new Set(['container', 'container_config', 'docker_version']);

/** The new image: `base` with `layer` on top. `created` is RFC 3339. */
export function committedImage(
  base: ResolvedImage,
  layer: Descriptor,
  container: Container,
  { author, message, changes = [] }: CommitRequest,
  created: string,
): ResolvedImage {
  const { raw } = base.config;
  const config = applyConfigChanges(runConfig(raw['config'], container), changes);
  const history = Array.isArray(raw['history']) ? raw['history'] : [];
  const document = {
    ...withoutContainer(raw),
    created,
    ...(author !== undefined && { author }),
    config,
    rootfs: { type: 'layers', diff_ids: [...base.config.diffIDs, layer.digest] },
    history: [
      ...history,
      {
        created,
        created_by: container.command.join(' '),
        ...(author !== undefined && { author }),
        ...(message !== undefined && message !== '' && { comment: message }),
      },
    ],
  };
  return makeImage(Buffer.from(JSON.stringify(document)), [...base.manifest.layers.map(asOciLayer), layer]);
}

/** What the classic builder notes of its own containers would be untrue of the new image. */
function withoutContainer(document: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !OF_BUILDER.has(name)));
}

/** The image's configuration with what the container was run with, as docker commit merges it. */
function runConfig(
  value: unknown,
  { process, entrypoint, command, env, labels, ports }: Container,
): JsonObject {
  const image = isJsonObject(value) ? value : {};
  const exposed = isJsonObject(image['ExposedPorts']) ? image['ExposedPorts'] : {};
  const published = Object.fromEntries(
    ports.map(({ containerPort, protocol }) => [`${containerPort}/${protocol}`, {}]),
  );
  const allPorts = { ...exposed, ...published };
  return {
    ...image,
    Env: env,
    Cmd: command.length === 0 ? null : command,
    ...(entrypoint.length > 0 && { Entrypoint: entrypoint }),
    ...(process.user !== '' && { User: process.user }),
    WorkingDir: process.workingDir === '/' ? (image['WorkingDir'] ?? '') : process.workingDir,
    ...(Object.keys(labels).length > 0 && { Labels: labels }),
    ...(Object.keys(allPorts).length > 0 && { ExposedPorts: allPorts }),
  };
}
