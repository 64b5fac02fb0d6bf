// Pulling and pushing: asked for in one line, then transfers of their own.
import type { PulledImage, PushedImage } from '../../app/registry-services.ts';
import { shortDigest } from '../../oci/digest.ts';
import type { Host } from '../screen.ts';
import { logIn, registryOf } from './log-in.ts';
import { type PullRequest, parsePullLine } from './pull-line.ts';
import { familiarName, moveQuestion, ownerOf } from './tag-move.ts';

export function pullImage(host: Host, text = ''): void {
  host.prompt({
    title: 'pull NAME[:TAG] (--platform OS/ARCH, -a for all tags)',
    text,
    onAccept: (line) => {
      try {
        pullNamed(host, parsePullLine(line));
      } catch (error) {
        host.fail(error);
      }
    },
  });
}

/** What has the name in the store is looked at first: a name that will move is asked about. */
export function pullNamed(host: Host, request: PullRequest): void {
  const { name, allTags } = request;
  if (allTags || name.includes('@') || familiarName(name) === undefined) return startPull(host, request);
  host.work(`looking for ${name}`, async ({ signal }) => {
    const question = await pullQuestion(host, request, signal);
    if (question === undefined) startPull(host, request);
    else host.confirm(question, () => startPull(host, request));
    return undefined;
  });
}

async function pullQuestion(
  host: Host,
  { name, platform }: PullRequest,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const owner = await ownerOf(host, name);
  if (!owner) return undefined;
  const shown = familiarName(name)!;
  const repository = host.services.registries.openRepository(name);
  try {
    const { image } = await repository.describe(shown.slice(shown.lastIndexOf(':') + 1), {
      signal,
      platform,
    });
    return image === undefined || image.id === owner.id ? undefined : moveQuestion(shown, owner, image);
  } finally {
    await repository.close();
  }
}

function startPull(host: Host, request: PullRequest): void {
  const { name, ...options } = request;
  const { registries } = host.services;
  host.transfer({
    kind: 'pull',
    name: familiarName(name) ?? name,
    image: name,
    work: async ({ signal, onLayer, onLayers }) => {
      const onNotice = (text: string): void => host.say(text);
      return pulledText(await registries.pull(name, { ...options, signal, onLayer, onLayers, onNotice }));
    },
  });
}

function pulledText(images: readonly PulledImage[]): string {
  const [first, ...more] = images;
  if (!first) return 'there was nothing to pull';
  if (more.length > 0) return `pulled ${images.length} tags of ${first.name.replace(/:[^:]*$/, '')}`;
  const { name, id, wasCurrent } = first;
  return wasCurrent ? `${name} is up to date` : `pulled ${name}, image ${shortDigest(id)}`;
}

/** Under another name it is given that name first: docker's registries are parts of names. */
export function pushImage(host: Host, image: string): void {
  host.prompt({
    title: 'push as [HOST/]NAME[:TAG]',
    text: familiarName(image) ?? '',
    onAccept: (name) => {
      host.work(`looking for ${name}`, async () => {
        const { summary } = await host.services.images.get(image);
        const owner = await ownerOf(host, name);
        if (owner && owner.id !== summary.id)
          host.confirm(moveQuestion(name, owner, summary), () => startPush(host, image, name));
        else startPush(host, owner ? undefined : image, name);
        return undefined;
      });
    },
  });
}

/** `image` gets the name first. */
function startPush(host: Host, image: string | undefined, name: string): void {
  const { registries, images } = host.services;
  host.transfer({
    kind: 'push',
    name: familiarName(name) ?? name,
    image: name,
    work: async ({ signal, onLayer, onLayers }) => {
      if (image !== undefined) await images.tag(image, name);
      const onNotice = (text: string): void => host.say(text);
      return pushedText(await registries.push(name, { signal, onLayer, onLayers, onNotice }));
    },
  });
}

function pushedText(images: readonly PushedImage[]): string {
  return images.map(({ name, digest }) => `pushed ${name}, ${shortDigest(digest)}`).join('; ');
}

/** For the registry of a name, unless that is docker's own. */
export function logInFor(host: Host, name: string | undefined): void {
  const registry = name === undefined ? undefined : registryOf(name);
  logIn(host, registry === 'docker.io' ? undefined : registry);
}
