// Finding out how this machine runs containers.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { probeFacts } from '../../../src/engine/linux/probe-facts.ts';
import { describe as describeEngine } from '../../../src/engine/linux/probe-report.ts';
import { type ProbeFindings, loadFindings, probeLinux } from '../../../src/engine/linux/probe.ts';
import { isOlder } from '../../../src/engine/linux/probe-version.ts';
import { needTool } from '../../support/tools.ts';

const isRoot = getuid?.() === 0;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phyllo-probe-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'bin', name), '#!/bin/sh\n');
  chmodSync(join(folder, 'bin', name), 0o755);
}

describe('facts', () => {
  test('are of the programs that come first on PATH', () => {
    program('crun');
    expect(probeFacts(`relative:${folder}/bin`, 0).tools.crun).toBe(join(folder, 'bin/crun'));
  });

  test('have another fingerprint when a program or the user is another', () => {
    const before = probeFacts(`${folder}/bin`, 0).fingerprint;
    expect(probeFacts(`${folder}/bin`, 0).fingerprint).toBe(before);
    expect(probeFacts(`${folder}/bin`, 1).fingerprint).not.toBe(before);
    program('crun');
    expect(probeFacts(`${folder}/bin`, 0).fingerprint).not.toBe(before);
  });
});

describe('findings', () => {
  test('of another machine, or damaged, are none', async () => {
    const path = join(folder, 'probe.json');
    writeFileSync(path, JSON.stringify({ fingerprint: 'other' }));
    expect(await loadFindings(path, 'mine')).toBeUndefined();
    writeFileSync(path, '{');
    expect(await loadFindings(path, 'mine')).toBeUndefined();
  });
});

describe('a version', () => {
  test.each([
    ['1.8.1', true],
    ['1.23', true],
    ['1.23.0', true],
    ['1.23.1', false],
    ['1.23.1+dirty', false],
    ['1.23.1-2', false],
    ['1.24', false],
    ['2', false],
    ['0.99.9', true],
    ['', true],
  ])('%j is older than 1.23.1: %s', (version, expected) => {
    expect(isOlder(version, [1, 23, 1])).toBe(expected);
  });
});

describe('what is missing', () => {
  const facts = {
    uid: 1000,
    kernel: '6',
    tools: { unshare: '/u', nsenter: '/n', setpriv: '/s' },
    tun: false,
    fingerprint: '',
  };
  const findings: ProbeFindings = {
    fingerprint: '',
    refused: undefined,
    idMap: 'one',
    overlay: undefined,
    runtimes: [],
  };

  test('is told with what brings it', () => {
    const abilities = { idMap: 'one', runtime: { kind: 'util-linux' }, outbound: [] } as const;
    const { works, missing } = describeEngine(facts, findings, abilities);
    expect(works).toBe(true);
    expect(missing).toEqual([
      'filter of system calls: install crun or runc',
      'outbound network: install pasta (package passt) or slirp4netns',
      'other users than root in containers: install newuidmap (package uidmap)',
      'limit on the number of processes: it takes root',
      'loopback in private networks: install ip (package iproute2)',
    ]);
  });

  test('is why it does not work at all', () => {
    const refused = describeEngine(facts, { ...findings, refused: 'Operation not permitted' }, undefined);
    expect(refused).toMatchObject({
      works: false,
      summary: 'namespaces cannot be made: Operation not permitted',
      missing: [],
    });
  });

  test.each([
    ['1.1.5+ds1', 1],
    ['1.1.12', 0],
    ['1.2.0-rc.1', 0],
  ])('runc %s is warned of %i times', (version, times) => {
    const runtimes = [{ name: 'runc', program: '/runc', version, refused: undefined }] as const;
    const abilities = { idMap: 'root', runtime: { kind: 'runc', program: '/runc' }, outbound: [] } as const;
    const { missing } = describeEngine(facts, { ...findings, idMap: 'root', runtimes }, abilities);
    expect(missing.filter((line) => line.includes('CVE-2024-21626'))).toHaveLength(times);
  });
});

describe.runIf(isRoot && needTool('unshare', 'crun'))('this machine', () => {
  test('is tried out once, and leaves nothing behind', async () => {
    const cacheFile = join(folder, 'cache/probe.json');
    const first = await probeLinux({ env: process.env, cacheFile });
    expect(first.abilities?.runtime).toMatchObject({ kind: 'crun' });
    expect(first.status).toMatchObject({ name: 'linux', works: true });
    expect(readdirSync(join(folder, 'cache'))).toEqual(['probe.json']);
    const kept = JSON.parse(readFileSync(cacheFile, 'utf8')) as ProbeFindings;
    // What was kept is believed: it is not tried out again.
    writeFileSync(cacheFile, JSON.stringify({ ...kept, runtimes: [] }));
    const second = await probeLinux({ env: process.env, cacheFile });
    expect(second.abilities?.runtime).toEqual({ kind: 'util-linux' });
  });
});
