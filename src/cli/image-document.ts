// An image as docker's inspect shows it.
import type { ExploredImage } from '../app/services.ts';
import { isJsonObject } from '../oci/json.ts';
import { familiarName, parseReference } from '../oci/reference.ts';
import { tagsOf } from './explored.ts';

/** `sizes` are the layers', base first. */
export function imageDocument({ image, config }: ExploredImage, sizes: readonly number[]): object {
  const { platform, raw } = config;
  const text = (name: string): string => (typeof raw[name] === 'string' ? raw[name] : '');
  const names = tagsOf(image.names);
  return {
    Id: image.id,
    RepoTags: names.filter((name) => !name.includes('@')),
    RepoDigests: repositories(names).map((name) => `${name}@${image.descriptor.digest}`),
    Parent: '',
    Comment: config.history.at(-1)?.comment ?? '',
    Created: config.created ?? '',
    DockerVersion: text('docker_version'),
    Author: config.author ?? '',
    Config: executionConfig(raw['config']),
    Architecture: platform.architecture,
    ...(platform.variant !== undefined && { Variant: platform.variant }),
    Os: platform.os,
    ...(platform.osVersion !== undefined && { OsVersion: platform.osVersion }),
    Size: sizes.reduce((sum, bytes) => sum + bytes, 0),
    GraphDriver: { Data: null, Name: 'oci' },
    RootFS: { Type: 'layers', Layers: config.diffIDs },
    Metadata: { LastTagTime: '0001-01-01T00:00:00Z' },
    Descriptor: {
      mediaType: image.descriptor.mediaType,
      digest: image.descriptor.digest,
      size: image.descriptor.size,
    },
  };
}

function repositories(names: readonly string[]): string[] {
  const found = names.flatMap((name) => {
    try {
      return [familiarName(parseReference(name))];
    } catch {
      return [];
    }
  });
  return [...new Set(found)];
}

/** docker's fields are there even where the image does not set them; what else the config has follows. */
function executionConfig(value: unknown): object {
  const config = isJsonObject(value) ? value : {};
  return {
    Hostname: '',
    Domainname: '',
    User: '',
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: null,
    Cmd: null,
    Image: '',
    Volumes: null,
    WorkingDir: '',
    Entrypoint: null,
    OnBuild: null,
    Labels: null,
    ...config,
  };
}
