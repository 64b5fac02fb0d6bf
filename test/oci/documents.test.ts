// Manifests, indexes, configs, descriptors and digests that strangers wrote.
import { describe, expect, test } from 'vitest';
import { chainIDs, parseConfig } from '../../src/oci/config.ts';
import { digestOf, isDigest, parseDigest } from '../../src/oci/digest.ts';
import { parseIndex, parseManifest } from '../../src/oci/manifest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { formatPlatform, parsePlatform, platformMatches } from '../../src/oci/platform.ts';

const bytes = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const digest = digestOf('x');
const config = { mediaType: mediaTypes.ociConfig, digest, size: 1 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [] };

describe('digests', () => {
  test.each([
    'sha256:' + 'A'.repeat(64),
    'sha256:' + 'a'.repeat(63),
    'md5:' + 'a'.repeat(32),
    'sha256:../../etc/passwd',
    'sha256:' + 'a'.repeat(64) + '/x',
    '',
    42,
    undefined,
  ])('%j is none', (text) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: 'invalid-reference' }));
  });

  test('the digest of no bytes is the well-known one', () => {
    expect(digestOf('')).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});

describe('manifests', () => {
  test('a plain one is read', () => {
    expect(parseManifest(bytes(manifest)).config.digest).toBe(digest);
  });

  test.each([
    ['not JSON', '{'],
    ['no object', '[]'],
    ['not UTF-8', '\xff'],
    ['schema 1', { schemaVersion: 1 }],
    ['no schema', { config, layers: [] }],
    ['both manifest and index', { ...manifest, manifests: [] }],
    ['an index media type', { ...manifest, mediaType: mediaTypes.ociIndex }],
    ['layers no list', { ...manifest, layers: {} }],
    ['a layer without digest', { ...manifest, layers: [{ mediaType: 'x', size: 1 }] }],
    [
      'a digest that is a path',
      { ...manifest, layers: [{ mediaType: 'x', size: 1, digest: 'sha256:../x' }] },
    ],
    ['a negative size', { ...manifest, layers: [{ mediaType: 'x', size: -1, digest }] }],
    ['a fractional size', { ...manifest, layers: [{ mediaType: 'x', size: 1.5, digest }] }],
  ])('%s is refused', (_, value) => {
    expect(() => parseManifest(bytes(value))).toThrow(/^read manifest/);
  });

  test('more than 4 MiB is refused before it is parsed', () => {
    const huge = Buffer.alloc(5 * 1024 * 1024, ' ');
    expect(() => parseManifest(huge)).toThrow(expect.objectContaining({ code: 'limit-exceeded' }));
  });

  test('an index with layers is refused', () => {
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], layers: [] };
    expect(() => parseIndex(bytes(index))).toThrow(expect.objectContaining({ code: 'invalid-image' }));
  });
});

describe('configs', () => {
  test('what docker writes is read, what it leaves out has a default', () => {
    const parsed = parseConfig(
      bytes({
        architecture: 'amd64',
        os: 'linux',
        created: '2024-01-01T00:00:00Z',
        config: { Env: ['A=b', 7], Cmd: null, ExposedPorts: { '80/tcp': {} }, Labels: { a: 'b', c: 1 } },
        rootfs: { type: 'layers', diff_ids: [digest] },
        history: [{ created_by: 'x', empty_layer: true }, null],
      }),
    );
    expect(parsed.platform).toEqual({ os: 'linux', architecture: 'amd64' });
    expect(parsed.config).toMatchObject({
      env: ['A=b'],
      exposedPorts: ['80/tcp'],
      labels: { a: 'b' },
      volumes: [],
    });
    expect(parsed.config.cmd).toBeUndefined();
    expect(parsed.history.map(({ emptyLayer }) => emptyLayer)).toEqual([true, false]);
  });

  test.each([
    ['no rootfs', {}],
    ['diff_ids no list', { rootfs: { diff_ids: 'x' } }],
    ['a bad diffID', { rootfs: { diff_ids: ['sha256:1'] } }],
  ])('%s is refused', (_, value) => {
    expect(() => parseConfig(bytes(value))).toThrow(expect.objectContaining({ code: 'invalid-image' }));
  });

  test('chainIDs follow the spec', () => {
    const a = digestOf('a');
    const b = digestOf('b');
    const c = digestOf('c');
    expect(chainIDs([a, b, c])).toEqual([
      a,
      digestOf(`${a} ${b}`),
      digestOf(`${digestOf(`${a} ${b}`)} ${c}`),
    ]);
    expect(chainIDs([])).toEqual([]);
  });
});

describe('platforms', () => {
  test.each([
    ['amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/armhf', 'linux/arm/v7'],
    ['windows/amd64', 'windows/amd64'],
  ])('%s is %s', (text, normal) => {
    expect(formatPlatform(parsePlatform(text))).toBe(normal);
  });

  test.each(['', 'a/b/c/d', 'linux/', 'linux/amd64\n'])('%j is refused', (text) => {
    expect(() => parsePlatform(text)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  test('a variant matters when both name one', () => {
    expect(platformMatches(parsePlatform('linux/arm/v7'), parsePlatform('linux/arm/v6'))).toBe(false);
    expect(platformMatches(parsePlatform('linux/arm'), parsePlatform('linux/arm/v6'))).toBe(true);
  });
});
