import { describe, expect, test } from 'vitest';
import { type ImageArgument, parseImageArgument } from '../../src/transport/argument.ts';

const FILES = new Set(['img.tar', './img.tar', '/abs/img.tar', 'dir', 'with:colon.tar', 'nginx', 'a', 'a:b']);
const parse = (text: string): Promise<ImageArgument> =>
  parseImageArgument(text, (path) => Promise.resolve(FILES.has(path)));

describe('IMAGE arguments', () => {
  test.each<[string, ImageArgument]>([
    ['nginx:1.27', { kind: 'store', name: 'nginx:1.27' }],
    ['host:5000/repo', { kind: 'store', name: 'host:5000/repo' }],
    ['3f2a1b', { kind: 'store', name: '3f2a1b' }],
    ['docker:24', { kind: 'store', name: 'docker:24' }],
    ['img.tar', { kind: 'path', path: 'img.tar' }],
    ['nginx', { kind: 'path', path: 'nginx' }],
    ['docker-archive:img.tar', { kind: 'docker-archive', path: 'img.tar', select: undefined }],
    ['docker-archive:img.tar:app:1', { kind: 'docker-archive', path: 'img.tar', select: 'app:1' }],
    ['docker-archive:img.tar:@2', { kind: 'docker-archive', path: 'img.tar', select: '@2' }],
    ['docker-archive:img.tar:', { kind: 'docker-archive', path: 'img.tar', select: undefined }],
    ['docker-archive:/abs/img.tar', { kind: 'docker-archive', path: '/abs/img.tar', select: undefined }],
    ['docker-archive:///abs/img.tar', { kind: 'docker-archive', path: '/abs/img.tar', select: undefined }],
    ['docker-archive://img.tar', { kind: 'docker-archive', path: 'img.tar', select: undefined }],
    [
      'oci-archive:with:colon.tar:localhost:5000/app:1',
      { kind: 'oci-archive', path: 'with:colon.tar', select: 'localhost:5000/app:1' },
    ],
    ['oci-archive:a:b', { kind: 'oci-archive', path: 'a:b', select: undefined }],
    ['oci-archive:a:c', { kind: 'oci-archive', path: 'a', select: 'c' }],
    ['oci:dir', { kind: 'oci-dir', path: 'dir', select: undefined }],
    ['oci:dir:v1', { kind: 'oci-dir', path: 'dir', select: 'v1' }],
    ['oci:new:v1', { kind: 'oci-dir', path: 'new', select: 'v1' }],
    ['oci-archive:new.tar:app:1', { kind: 'oci-archive', path: 'new.tar', select: 'app:1' }],
    ['docker://nginx', { kind: 'registry', name: 'nginx' }],
    ['docker://host:5000/a:1', { kind: 'registry', name: 'host:5000/a:1' }],
    ['docker-daemon:nginx:1', { kind: 'docker-daemon', name: 'nginx:1' }],
    ['docker-daemon://nginx', { kind: 'docker-daemon', name: 'nginx' }],
    ['docker-daemon:', { kind: 'docker-daemon', name: '' }],
    ['constructor:x', { kind: 'store', name: 'constructor:x' }],
  ])('%s', async (text, expected) => {
    expect(await parse(text)).toEqual(expected);
  });

  test.each(['podman://nginx', 'containers-storage:nginx', 'dir:/tmp/x'])(
    '%s is told to be no source of ours',
    async (text) => {
      await expect(parse(text)).rejects.toMatchObject({
        code: 'unsupported',
        hint: expect.stringMatching(/save|copy|docker-daemon/) as string,
      });
    },
  );

  test.each(['docker-archive:', 'oci:', 'oci-archive://'])('%s names no file', async (text) => {
    await expect(parse(text)).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});
