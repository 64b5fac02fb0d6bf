import { describe, expect, test } from 'vitest';
import { loadError, startError } from '../../../src/engine/docker/daemon-words.ts';
import { PhylloError } from '../../../src/lib/errors.ts';

function refused(status: number, reason: string): PhylloError {
  return new PhylloError('io', `start container: ${reason}`, { data: { status, reason } });
}

describe('why a program did not start', () => {
  // As Docker 20.10 with runc, and Podman 4.3 with runc and crun, say it.
  test.each([
    'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown',
    'failed to create shim task: OCI runtime create failed: exec: "/nope": stat /nope: no such file or directory: unknown',
    'crun: executable file `nope` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
  ])('it is not there: %s', (reason) => {
    expect(startError(refused(400, reason), 'start')).toMatchObject({
      code: 'not-found',
      data: { exitCode: 127 },
    });
  });

  test.each([
    'runc create failed: unable to start container process: exec: "/etc/passwd": permission denied: unknown',
    'exec: "/etc": is a directory: unknown',
    'exec /data/text: exec format error',
  ])('it cannot be run: %s', (reason) => {
    expect(startError(refused(500, reason), 'start')).toMatchObject({
      code: 'invalid-argument',
      data: { exitCode: 126 },
    });
  });

  test('its user is not known', () => {
    const error = refused(500, 'unable to find user nobody2: no matching entries in passwd file');
    expect(startError(error, 'start')).toMatchObject({ code: 'invalid-argument', data: {} });
  });

  test('a container that is not there has no program', () => {
    const error = new PhylloError('not-found', 'start', {
      data: { status: 404, reason: 'No such container: no such file or directory' },
    });
    expect(startError(error, 'start')).toBe(error);
  });

  test('anything else stays what it is', () => {
    const error = refused(500, 'the disk is on fire');
    expect(startError(error, 'start')).toBe(error);
    const other = new Error('no such file or directory');
    expect(startError(other, 'start')).toBe(other);
  });
});

describe('why an image was not taken', () => {
  test.each([
    'duplicates of file paths not supported',
    'Error processing tar file: archive/tar: invalid tar header',
  ])('it says what can be done: %s', (reason) => {
    const error = new PhylloError('invalid-archive', `load: ${reason}`, { data: { reason } });
    expect(loadError(error)).toMatchObject({ code: 'unsupported', hint: expect.stringContaining('engine') });
  });

  test('anything else stays what it is', () => {
    const error = new PhylloError('network', 'load: broke');
    expect(loadError(error)).toBe(error);
  });
});
