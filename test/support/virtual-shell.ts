// A virtual shell over layers made in code: a script in, what it wrote out.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { ProcessSpec } from '../../src/engine/container.ts';
import type { Io } from '../../src/engine/io.ts';
import { openWritable } from '../../src/engine/virtual/container-files.ts';
import { IoStreams } from '../../src/engine/virtual/io-streams.ts';
import { type Lower, lowerOf } from '../../src/engine/virtual/lower.ts';
import { runProcess } from '../../src/engine/virtual/run-process.ts';
import { scanLayerStream } from '../../src/layer/scan.ts';
import { readAll } from '../../src/lib/streams.ts';
import { LayerTreeBuilder } from '../../src/tree/build.ts';
import { openContent } from '../../src/tree/content.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { type Layer, tarOf } from '../layer/apply-fixtures.ts';

const MAX_TAR_BYTES = 256 * 1024 * 1024;
export const ELF = '\x7fELF\x02\x01\x01\0native';

const program = { content: ELF, mode: 0o755 };

/** A small image: a shell, some programs that we know and one that we do not, users, files to change. */
export const SMALL: Layer = {
  'bin/sh': program,
  'bin/ls': program,
  'bin/cat': program,
  'bin/rm': program,
  'bin/mv': program,
  'bin/cp': program,
  'bin/mkdir': program,
  'bin/touch': program,
  'bin/chmod': program,
  'bin/chown': program,
  'bin/ln': program,
  'bin/sed': program,
  'bin/grep': program,
  'bin/sleep': program,
  'bin/id': program,
  'bin/env': program,
  'usr/bin/stat': program,
  'usr/bin/whoami': program,
  'usr/bin/head': program,
  'usr/bin/which': program,
  'usr/bin/dd': program,
  'usr/bin/tail': program,
  'usr/bin/apt-get': program,
  'usr/bin/tool.py': { content: '#!/usr/bin/python3\nprint(1)\n', mode: 0o755 },
  'usr/sbin/adduser': program,
  'usr/sbin/sort': program,
  'usr/sbin/entry.sh': { content: '#!/bin/sh\necho "entry $0 $1"\nexec "$@"\n', mode: 0o755 },
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n',
  'etc/group': 'root:x:0:\nann:x:1000:\nstaff:x:50:ann\n',
  'root/': { mode: 0o700 },
  'tmp/': { mode: 0o1777 },
  'home/ann/': { uid: 1000, gid: 1000 },
  'data/one': { content: 'one\n', mode: 0o640, uid: 1000, gid: 50, mtime: 1_600_000_000 },
  'data/two': 'two\n',
  'data/link': { link: 'one' },
  'data/sub/deep': 'deep\n',
  'out.log': { link: '/dev/stdout' },
};

export async function lowerFrom(directory: string, layers: readonly Layer[]): Promise<Lower> {
  const built = await Promise.all(
    layers.map(async (layer, index) => {
      const bytes = await readAll(tarOf(layer), MAX_TAR_BYTES, 'layer');
      const path = join(directory, `${index}.tar`);
      writeFileSync(path, bytes);
      const builder = new LayerTreeBuilder();
      const { uncompressedBytes, diffID } = await scanLayerStream(
        (async function* () {
          yield bytes;
        })(),
        { hashFiles: true, onEntry: (entry, digest) => builder.add(entry, digest) },
      );
      const tree = builder.finish({ uncompressedBytes, diffID });
      return { tree, location: { path, offset: 0, sizeBytes: bytes.length } };
    }),
  );
  const stack = mergeLayers(built.map(({ tree }) => tree));
  return lowerOf(stack, async (layer, node) => openContent(built[layer]!.location, built[layer]!.tree, node));
}

export class TestShell {
  readonly directory = mkdtempSync(join(tmpdir(), 'phyllo-virtual-'));
  readonly lower: Promise<Lower>;
  private opened: ReturnType<typeof openWritable> | undefined;

  constructor(...layers: Layer[]) {
    this.lower = lowerFrom(this.directory, layers.length === 0 ? [SMALL] : layers);
  }

  writable(): ReturnType<typeof openWritable> {
    this.opened ??= this.lower.then((lower) =>
      openWritable(join(this.directory, 'upper'), lower, { hostname: 'testhost' }),
    );
    return this.opened;
  }

  /** Written and opened again, as after the process that held it ended. */
  async reopen(): Promise<void> {
    await (await this.writable()).close();
    this.opened = undefined;
  }

  async run(
    argv: readonly string[] | string,
    options: Partial<ProcessSpec> & { input?: string } = {},
  ): Promise<{ stdout: string; stderr: string; exitCode: number }> {
    const { files } = await this.writable();
    const { input, ...spec } = options;
    const sink = new Collected();
    const stdin = new PassThrough();
    if (input !== undefined) stdin.end(input);
    const io: Io = { ...(input !== undefined && { stdin }), stdout: sink.stdout, stderr: sink.stderr };
    const streams = new IoStreams(io);
    const full = processOf(argv, { stdin: input !== undefined, ...spec });
    const running = await runProcess(files, full, streams, { hostname: 'testhost' });
    const exitCode = await running.ended;
    await streams.close();
    return { ...sink.text(), exitCode };
  }

  async close(): Promise<void> {
    if (this.opened) await (await this.opened).close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function processOf(argv: readonly string[] | string, spec: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    argv: typeof argv === 'string' ? ['sh', '-c', argv] : argv,
    env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    workingDir: '/',
    user: '',
    tty: false,
    stdin: false,
    ...spec,
  };
}

export class Collected {
  private readonly parts: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  readonly stdout = this.sink('stdout');
  readonly stderr = this.sink('stderr');
  private readonly waiting = new Set<() => void>();

  private sink(stream: 'stdout' | 'stderr'): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.parts[stream].push(chunk);
        for (const look of this.waiting) look();
        done();
      },
    });
  }

  text(): { stdout: string; stderr: string } {
    const [stdout, stderr] = (['stdout', 'stderr'] as const).map((name) =>
      Buffer.concat(this.parts[name]).toString(),
    );
    return { stdout: stdout!, stderr: stderr! };
  }

  /** Resolves as soon as the output has what is looked for. */
  async until(pattern: RegExp): Promise<void> {
    if (pattern.test(this.text().stdout)) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!pattern.test(this.text().stdout)) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
    });
  }
}

/** For one test, which closes it. */
export function shellOver(...layers: ConstructorParameters<typeof TestShell>): TestShell {
  const shell = new TestShell(...layers);
  onTestFinished(() => shell.close());
  return shell;
}
