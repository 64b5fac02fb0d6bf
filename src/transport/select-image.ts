// From an index to one image: by name, digest or position, then by platform.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { parseConfig } from '../oci/config.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { type Index, type Manifest, isAttestation, parseIndex, parseManifest } from '../oci/manifest.ts';
import { isConfigType, isIndexType, isManifestType } from '../oci/media-types.ts';
import { type Platform, formatPlatform, hostPlatform, platformMatches } from '../oci/platform.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { SourceImage } from './transport.ts';

/** Reads a manifest, index or config; the bytes come verified. */
export type ReadDocument = (descriptor: Descriptor) => Promise<Buffer>;

const NAME_ANNOTATIONS = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'] as const;
/** Indexes in indexes; real ones have two levels. */
const MAX_DEPTH = 8;
const MAX_CHOICES = 8;

/** The images that an index offers, entries of one digest together. Attestations are no images. */
export function imagesInIndex(index: Index): SourceImage[] {
  const images = new Map<string, { descriptor: Descriptor; names: string[]; select: string }>();
  for (const descriptor of index.manifests) {
    if (isAttestation(descriptor)) continue;
    if (!isIndexType(descriptor.mediaType) && !isManifestType(descriptor.mediaType)) continue;
    const known = images.get(descriptor.digest) ?? { descriptor, names: [], select: descriptor.digest };
    known.names.push(...namesOf(descriptor).filter((name) => !known.names.includes(name)));
    images.set(descriptor.digest, known);
  }
  return [...images.values()];
}

function namesOf({ annotations }: Descriptor): string[] {
  const name = NAME_ANNOTATIONS.map((key) => annotations?.[key]).find(
    (value) => value !== undefined && value !== '',
  );
  return name === undefined ? [] : [name];
}

/**
 * `where` names the source in errors. Of images that share a name and differ in platform, the one for `platform`, else
 * for this machine. Throws `not-found`, `ambiguous`.
 */
export function selectImage<Image extends SourceImage>(
  images: readonly Image[],
  select: string | undefined,
  where: string,
  platform?: Platform,
): Image {
  const matching = select === undefined ? images : answering(images, select);
  if (matching.length === 1) return matching[0]!;
  const found = arePlatformsOfOne(matching) ? matching.find(isFor(platform ?? hostPlatform())) : undefined;
  if (found) return found;
  const called = select === undefined ? '' : ` called ${safeText(select)}`;
  if (matching.length > 0) {
    throw new PhylloError('ambiguous', `read ${where}: there are ${matching.length} images${called} in it`, {
      hint: choices(images, matching),
    });
  }
  const which = select === undefined ? 'no image' : `no image ${safeText(select)}`;
  const hint = images.length === 0 ? undefined : choices(images, images);
  throw new PhylloError('not-found', `read ${where}: there is ${which} in it`, { hint });
}

/**
 * What loading a whole source means: every image, but of those that share a name and differ in platform only one.
 * An index at the top may list the platforms of one image side by side.
 */
export function imagesToLoad<Image extends SourceImage>(
  images: readonly Image[],
  where: string,
  platform?: Platform,
): Image[] {
  const groups = new Map<string, Image[]>();
  for (const image of images) {
    const key = image.names.join('\0');
    groups.set(key, [...(groups.get(key) ?? []), image]);
  }
  return [...groups.values()].flatMap((group) =>
    arePlatformsOfOne(group) ? [selectImage(group, undefined, where, platform)] : group,
  );
}

function arePlatformsOfOne(images: readonly SourceImage[]): boolean {
  const platforms = images.map(
    ({ descriptor }) => descriptor?.platform && formatPlatform(descriptor.platform),
  );
  const names = new Set(images.map((image) => image.names.join('\0')));
  return (
    images.length > 1 &&
    names.size === 1 &&
    !platforms.includes(undefined) &&
    new Set(platforms).size === platforms.length
  );
}

function isFor(wanted: Platform): (image: SourceImage) => boolean {
  return ({ descriptor }) =>
    descriptor?.platform !== undefined && platformMatches(wanted, descriptor.platform);
}

/** A position, a digest, a name as it is written there, else a name in any of its forms. */
function answering<Image extends SourceImage>(images: readonly Image[], select: string): Image[] {
  if (/^@\d{1,6}$/.test(select)) return images.slice(Number(select.slice(1))).slice(0, 1);
  const wanted = fullName(select);
  const forms: ((image: SourceImage) => boolean)[] = [
    ({ descriptor }) => descriptor?.digest === select,
    ({ names }) => names.includes(select),
    ({ names }) => wanted !== undefined && names.some((name) => fullName(name) === wanted),
  ];
  return forms.map((form) => images.filter(form)).find((found) => found.length > 0) ?? [];
}

function fullName(text: string): string | undefined {
  try {
    return formatReference(withDefaultTag(parseReference(text)));
  } catch {
    return undefined;
  }
}

/** Positions count among all images, whichever of them are offered. */
function choices(images: readonly SourceImage[], offered: readonly SourceImage[]): string {
  const shown = offered.slice(0, MAX_CHOICES).map((image) => {
    const { names, descriptor } = image;
    const facts = [names[0], descriptor?.platform && formatPlatform(descriptor.platform)];
    return [`@${images.indexOf(image)}`, ...facts.filter((fact) => fact !== undefined)].join(' ');
  });
  return `Choose one: ${shown.map(safeText).join(', ')}${offered.length > MAX_CHOICES ? ', …' : ''}.`;
}

/**
 * Manifest and config behind a descriptor; in an index the one for the platform: the wanted one, else this machine's,
 * else the only one. Throws `not-found`, `ambiguous`, `invalid-image`, `unsupported` (an artifact that is no image).
 */
export async function resolveImage(
  read: ReadDocument,
  { descriptor, names }: { descriptor: Descriptor; names: readonly string[] },
  platform: Platform | undefined,
): Promise<ResolvedImage> {
  const found = await descend(read, descriptor, platform, 0);
  const manifestData = await read(found);
  const image = await readImage(read, found, manifestData, names);
  checkPlatform(image, platform);
  return image;
}

/** A single image has no list to choose a platform from: the one that was asked for must be its own. */
export function checkPlatform({ config, descriptor }: ResolvedImage, wanted: Platform | undefined): void {
  const own = config.platform;
  if (wanted === undefined || own.architecture === 'unknown' || platformMatches(wanted, own)) return;
  throw new PhylloError(
    'not-found',
    `read manifest ${descriptor.digest}: there is no image for ${formatPlatform(wanted)}`,
    { hint: `It is for ${safeText(formatPlatform(own))}.` },
  );
}

async function descend(
  read: ReadDocument,
  descriptor: Descriptor,
  platform: Platform | undefined,
  depth: number,
): Promise<Descriptor> {
  if (!isIndexType(descriptor.mediaType)) return descriptor;
  if (depth >= MAX_DEPTH)
    throw new PhylloError('invalid-image', `read index ${descriptor.digest}: indexes in indexes without end`);
  const index = parseIndex(await read(descriptor), `index ${descriptor.digest}`);
  return descend(read, choosePlatform(index, descriptor, platform), platform, depth + 1);
}

function choosePlatform(index: Index, { digest }: Descriptor, wanted: Platform | undefined): Descriptor {
  const images = index.manifests.filter((child) => !isAttestation(child));
  const matching = images.filter(
    (child) => child.platform && platformMatches(wanted ?? hostPlatform(), child.platform),
  );
  if (matching[0]) return matching[0];
  if (images.length === 1 && (wanted === undefined || images[0]!.platform === undefined)) return images[0]!;
  const offered = images
    .slice(0, MAX_CHOICES)
    .map((child) => (child.platform ? formatPlatform(child.platform) : 'unknown'))
    .join(', ');
  throw new PhylloError(
    'not-found',
    `read index ${digest}: there is no image for ${formatPlatform(wanted ?? hostPlatform())}`,
    {
      hint:
        offered === '' ? 'It has no images at all.' : `Choose with --platform one of: ${safeText(offered)}.`,
    },
  );
}

/** Checks that manifest and config belong together. */
async function readImage(
  read: ReadDocument,
  descriptor: Descriptor,
  manifestData: Buffer,
  names: readonly string[],
): Promise<ResolvedImage> {
  const manifest = parseManifest(manifestData, `manifest ${descriptor.digest}`);
  checkIsImage(manifest, descriptor);
  const configData = await read(manifest.config);
  const config = parseConfig(configData, `config ${manifest.config.digest}`);
  if (config.diffIDs.length !== manifest.layers.length) {
    throw new PhylloError(
      'invalid-image',
      `read manifest ${descriptor.digest}: it has ${manifest.layers.length} layers, its config ${config.diffIDs.length}`,
    );
  }
  return { descriptor, manifest, manifestData, config, configData, id: manifest.config.digest, names };
}

function checkIsImage({ config, artifactType }: Manifest, { digest }: Descriptor): void {
  if (isConfigType(config.mediaType) && artifactType === undefined) return;
  const kind = artifactType ?? config.mediaType;
  throw new PhylloError(
    'unsupported',
    `read manifest ${digest}: it is an artifact (${safeText(kind)}), not a container image`,
  );
}
