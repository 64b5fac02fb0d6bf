// JSON that readers do not agree on, or that is made to break them.
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/oci/config.ts';
import { parseDescriptor } from '../../src/oci/descriptor.ts';
import { parseJson, parseJsonObject } from '../../src/oci/json.ts';
import { isAttestation } from '../../src/oci/manifest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { formatPlatform, parsePlatform, parsePlatformObject } from '../../src/oci/platform.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const parse = (text: string): unknown => parseJson(Buffer.from(text), 'x');
const code = (name: string): unknown => expect.objectContaining({ code: name });

describe('documents', () => {
  test.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"b":[{"c":1, "c" : 2}]}',
    '{"\\"":1,"\\u0022":2}',
    '{"__proto__":1,"__proto__":2}',
  ])('%s has a key twice', (text) => {
    expect(() => parse(text)).toThrow(code('invalid-image'));
    expect(() => parse(text)).toThrow(/twice/);
  });

  test.each([
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","A":"b"}',
    '{"a":["a","a"]}',
    '{"a":"}{\\"a\\":","b":"\\\\"}',
    '"{\\"a\\":1,\\"a\\":1}"',
  ])('%s has none twice', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  test('some hundred levels are enough', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(parse(nested(200))).toBeDefined();
    expect(() => parse(nested(300))).toThrow(code('limit-exceeded'));
    expect(() => parse('{"a":'.repeat(400_000))).toThrow(code('limit-exceeded'));
  });

  test.each(['', '{', '"', '"\\', '{"a"', '{"a":1}}', '{"a":"\\', '\u0000'])('%j is no JSON', (text) => {
    expect(() => parse(text)).toThrow(code('invalid-image'));
  });

  test.each(['null', '[]', '1', '"x"', 'true'])('%s is no object', (text) => {
    expect(() => parseJsonObject(Buffer.from(text), 'x')).toThrow(code('invalid-image'));
  });

  test('what an error quotes of them is safe', () => {
    expect(() => parse('{"\\u001b[2J":1,"\\u001b[2J":2}')).toThrow(/\\\\u001b\[2J|\\u001b\[2J/);
  });
});

describe('platforms that strangers name', () => {
  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    '%s is only a word',
    (architecture) => {
      expect(parsePlatformObject({ os: 'linux', architecture }).architecture).toBe(architecture);
    },
  );

  test('a variant that is asked for by such a name too', () => {
    expect(formatPlatform(parsePlatform('linux/constructor'))).toBe('linux/constructor');
  });

  const described = (platform: unknown): ReturnType<typeof parseDescriptor> =>
    parseDescriptor({ mediaType: mediaTypes.ociManifest, digest, size: 1, platform }, 'x');

  test('unknown/unknown is an attestation, an empty or missing platform is none', () => {
    expect(isAttestation(described({ os: 'unknown', architecture: 'unknown' }))).toBe(true);
    expect(isAttestation(described({ os: 'linux', architecture: 'unknown' }))).toBe(false);
    for (const nothing of [undefined, null, {}, [], 'linux']) {
      expect(isAttestation(described(nothing))).toBe(false);
      expect(described(nothing).platform).toBeUndefined();
    }
  });
});

describe('an image without layers', () => {
  const config = (rootfs: unknown): Buffer => Buffer.from(JSON.stringify({ os: 'linux', rootfs }));

  test.each([{ type: 'layers' }, { type: 'layers', diff_ids: null }, { type: 'layers', diff_ids: [] }])(
    'has no diffIDs: %j',
    (rootfs) => {
      expect(parseConfig(config(rootfs)).diffIDs).toEqual([]);
    },
  );

  test.each([{}, { type: 'other' }, { diff_ids: null }, []])('is told from no image: %j', (rootfs) => {
    expect(() => parseConfig(config(rootfs))).toThrow(code('invalid-image'));
  });
});
