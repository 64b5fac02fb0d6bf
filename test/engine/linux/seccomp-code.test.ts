// The filter of system calls that crun compiled, kept: when it is used again, and that it is the same wall then.
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { arch } from 'node:process';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  SECCOMP_CODE_ANNOTATION,
  SECCOMP_CODE_FILE,
  SeccompCode,
} from '../../../src/engine/linux/seccomp-code.ts';
import { seccompProfile } from '../../../src/engine/linux/seccomp.ts';
import { createFor, execFor, find, runFor, shell, startFor } from '../../support/engine-runs.ts';
import { temporaryFolder } from '../../support/image-folder.ts';
import { canRun, isRoot, runtimeChoice, withBusybox } from '../../support/linux-engines.ts';

const INSTRUCTION_BYTES = 8;
const NOBODY = 65_534;
const DAY_MS = 24 * 60 * 60 * 1000;
const PROFILE = JSON.stringify({ defaultAction: 'SCMP_ACT_ERRNO' });
/** BPF: return ALLOW. */
const ALLOW_ALL = Buffer.from('060000000000ff7f', 'hex');

describe('what was compiled', () => {
  let folder: string;
  let path: string;
  let program: string;
  beforeEach(() => {
    folder = temporaryFolder();
    path = join(folder, 'kept', '.seccomp');
    mkdirSync(join(folder, 'kept'));
    program = join(folder, 'crun');
    writeFileSync(program, 'a program');
  });

  const code = (profile = PROFILE): SeccompCode => new SeccompCode(path, program, profile);
  /** Compiled code, as crun leaves it. */
  const compiled = (bytes: Uint8Array): string => {
    writeFileSync(join(folder, SECCOMP_CODE_FILE), bytes);
    return join(folder, SECCOMP_CODE_FILE);
  };
  const filter = Buffer.from(Array.from({ length: 700 * INSTRUCTION_BYTES }, (_, at) => (at * 7) % 256));

  test('is found again, by whoever asks for the same', () => {
    expect(code().find()).toBeUndefined();
    code().keep(compiled(filter));
    expect(code().find()).toBe(filter.toString('base64'));
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'kept'))).toEqual(['.seccomp']);
  });

  test('makes way for what was compiled later', () => {
    code().keep(compiled(filter));
    code().keep(compiled(ALLOW_ALL));
    expect(code().find()).toBe(ALLOW_ALL.toString('base64'));
  });

  test.each<[string, () => void]>([
    ['by another program', () => writeFileSync(program, 'a better program')],
    ['by a program of another time', () => utimesSync(program, 1000, 1000)],
    ['by a program that is gone', () => rmSync(program)],
    ['more than a day ago', () => utimesSync(path, 0, (Date.now() - DAY_MS - 60_000) / 1000)],
    [
      'in a future that this clock does not know',
      () => utimesSync(path, 0, (Date.now() + DAY_MS + 60_000) / 1000),
    ],
  ])('%s is not found', (_, change) => {
    code().keep(compiled(filter));
    change();
    expect(code().find()).toBeUndefined();
  });

  test('less than a day ago is found still', () => {
    code().keep(compiled(filter));
    utimesSync(path, 0, (Date.now() - DAY_MS + 60_000) / 1000);
    expect(code().find()).toBe(filter.toString('base64'));
  });

  test('from another profile, or by a program elsewhere, is not found', () => {
    code().keep(compiled(filter));
    expect(code(JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW' })).find()).toBeUndefined();
    const moved = join(folder, 'crun-2');
    renameSync(program, moved);
    expect(new SeccompCode(path, moved, PROFILE).find()).toBeUndefined();
  });

  test.each<[string, (text: Buffer) => Uint8Array]>([
    ['nothing', () => Buffer.alloc(0)],
    ['rubbish', () => Buffer.from('no filter\n\u001b[31m\n')],
    ['its first line alone', (text) => text.subarray(0, text.indexOf('\n') + 1)],
    ['a part of it', (text) => text.subarray(0, text.length - 4096)],
    ['all but its end', (text) => text.subarray(0, -1)],
    ['a page of zeros in it', (text) => Buffer.from(text).fill(0, 2048, 4096)],
    ['no base64 in it', (text) => Buffer.from(text).fill('?', 2048, 2052)],
  ])('is not found where there is %s', (_, damaged) => {
    code().keep(compiled(filter));
    writeFileSync(path, damaged(readFileSync(path)));
    expect(code().find()).toBeUndefined();
    code().keep(compiled(filter));
    expect(code().find()).toBe(filter.toString('base64'));
  });

  test('is not found through a link, and a folder in its place stays', () => {
    code().keep(compiled(filter));
    renameSync(path, join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), path);
    expect(code().find()).toBeUndefined();
    rmSync(path);
    mkdirSync(path);
    expect(code().find()).toBeUndefined();
    code().keep(compiled(filter));
    expect(lstatSync(path).isDirectory()).toBe(true);
    expect(readdirSync(join(folder, 'kept'))).toEqual(['.seccomp']);
  });

  test.runIf(isRoot())("is not found where it is another user's", () => {
    code().keep(compiled(filter));
    chownSync(path, NOBODY, NOBODY);
    expect(code().find()).toBeUndefined();
  });

  test.each([
    ['nothing', 0],
    ['no whole instructions', INSTRUCTION_BYTES * 3 + 1],
    ['more than the kernel takes', INSTRUCTION_BYTES * 4097],
  ])('is not kept when it is %s', (_, bytes) => {
    code().keep(compiled(Buffer.alloc(bytes, 1)));
    expect(readdirSync(join(folder, 'kept'))).toEqual([]);
  });

  test('is kept as far as the kernel takes it', () => {
    const longest = Buffer.alloc(INSTRUCTION_BYTES * 4096, 1);
    code().keep(compiled(longest));
    expect(code().find()).toBe(longest.toString('base64'));
  });

  test('cannot be kept where there is none, nor in a folder that is not there, and nobody minds', () => {
    code().keep(join(folder, 'absent'));
    expect(readdirSync(join(folder, 'kept'))).toEqual([]);
    new SeccompCode(join(folder, 'no', 'folder'), program, PROFILE).keep(compiled(filter));
    expect(existsSync(join(folder, 'no'))).toBe(false);
  });
});

describe.runIf(canRun('crun') && isRoot())('containers of crun in one store', { timeout: 60_000 }, () => {
  const { fixture, engine, image, folderOf } = withBusybox();
  const FOREVER = 'while :; do sleep 0.1; done';
  const LOOK = `grep Seccomp: /proc/self/status
    for space in -m -U -n; do busybox unshare $space true 2>/dev/null && echo "left $space"; done; true`;
  const WALLS = 'Seccomp:\t2\n';

  const keptPath = (): string => join(fixture().root, 'containers', '.seccomp');
  const given = (id: string): string | undefined => {
    const bundle = JSON.parse(readFileSync(join(folderOf(id), 'runtime', 'config.json'), 'utf8')) as {
      annotations?: Record<string, string>;
    };
    return bundle.annotations?.[SECCOMP_CODE_ANNOTATION];
  };
  /** What the first process sees of its walls, and one that is run in it. */
  const wallsOf = async (id: string): Promise<readonly string[]> => {
    const { process } = (await find(engine(), id))!;
    const { stdout } = await execFor(engine(), id, { ...process, argv: ['sh', '-c', LOOK] });
    return [(await runFor(engine(), image(), shell(LOOK))).stdout, stdout];
  };

  test('the first has its filter compiled, the next ones get that: the same walls, in exec too', async () => {
    rmSync(keptPath(), { force: true });
    const first = await startFor(engine(), image(), shell(FOREVER));
    expect(given(first)).toBeUndefined();
    const { process } = (await find(engine(), first))!;
    expect((await execFor(engine(), first, { ...process, argv: ['sh', '-c', LOOK] })).stdout).toBe(WALLS);

    const next = await startFor(engine(), image(), shell(FOREVER));
    const state = (id: string): string => join(folderOf(id), 'runtime', 'state', id, SECCOMP_CODE_FILE);
    expect(given(next)).toBe(readFileSync(state(first)).toString('base64'));
    expect(readFileSync(state(next)).equals(readFileSync(state(first)))).toBe(true);
    expect(await wallsOf(next)).toEqual([WALLS, WALLS]);
    expect(lstatSync(keptPath()).mode & 0o777).toBe(0o600);
  });

  test('what is kept is what a container gets: with a filter that lets all pass, the walls are seen to be missing', async () => {
    await startFor(engine(), image(), shell(FOREVER));
    const before = readFileSync(keptPath());
    const choice = runtimeChoice('crun');
    const program = choice.kind === 'crun' ? choice.program : '';
    const open = join(temporaryFolder(), 'open');
    writeFileSync(open, ALLOW_ALL);
    new SeccompCode(keptPath(), program, JSON.stringify(seccompProfile(arch))).keep(open);
    try {
      const id = await startFor(engine(), image(), shell(FOREVER));
      expect(given(id)).toBe(ALLOW_ALL.toString('base64'));
      for (const walls of await wallsOf(id)) expect(walls).toContain('left -U');
    } finally {
      writeFileSync(keptPath(), before);
    }
  });

  test('one that cannot be started keeps nothing and spoils nothing', async () => {
    rmSync(keptPath(), { force: true });
    const id = await createFor(engine(), image(), { command: ['/absent'] });
    await expect(engine().start(id)).rejects.toMatchObject({ code: 'not-found' });
    expect(existsSync(keptPath())).toBe(false);
    expect((await runFor(engine(), image(), shell(LOOK))).stdout).toBe(WALLS);
  });

  test('a damaged file in its place keeps nobody from starting, and is replaced', async () => {
    await startFor(engine(), image(), shell(FOREVER));
    const before = readFileSync(keptPath());
    writeFileSync(keptPath(), before.subarray(0, before.length / 2));
    const id = await startFor(engine(), image(), shell(FOREVER));
    expect(given(id)).toBeUndefined();
    expect(readFileSync(keptPath()).equals(before)).toBe(true);
    const files = readdirSync(join(fixture().root, 'containers'));
    expect(files.filter((name) => name.startsWith('.seccomp'))).toEqual(['.seccomp']);
  });
});
