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
export type ReadDocument = (descriptor: Pick<Descriptor, 'digest' | 'size'>) => Promise<Buffer>;

const NAME_ANNOTATIONS = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'] as const;
/** Indexes in indexes; real ones have two levels. */
const MAX_DEPTH = 8;

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

/** `where` names the source in errors. Throws `not-found`, `ambiguous`. */
export function selectImage<Image extends SourceImage>(
  images: readonly Image[],
  select: string | undefined,
  where: string,
): Image {
  if (select === undefined) {
    if (images.length === 1) return images[0]!;
    if (images.length === 0) throw new PhylloError('not-found', `read ${where}: there is no image in it`);
    throw new PhylloError('ambiguous', `read ${where}: there are ${images.length} images in it`, {
      hint: choices(images),
    });
  }
  const found = images[position(select)] ?? images.find((image) => answersTo(image, select));
  if (found) return found;
  throw new PhylloError('not-found', `read ${where}: there is no image ${safeText(select)} in it`, {
    hint: choices(images),
  });
}

function position(select: string): number {
  return /^@\d{1,6}$/.test(select) ? Number(select.slice(1)) : -1;
}

function answersTo({ names, descriptor }: SourceImage, select: string): boolean {
  if (descriptor?.digest === select || names.includes(select)) return true;
  const wanted = fullName(select);
  return wanted !== undefined && names.some((name) => fullName(name) === wanted);
}

function fullName(text: string): string | undefined {
  try {
    return formatReference(withDefaultTag(parseReference(text)));
  } catch {
    return undefined;
  }
}

function choices(images: readonly SourceImage[]): string {
  const shown = images.slice(0, 8).map(({ names }, index) => names[0] ?? `@${index}`);
  return `Choose one: ${shown.map(safeText).join(', ')}${images.length > 8 ? ', …' : ''}.`;
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
  return readImage(read, found, manifestData, names);
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
export async function readImage(
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
