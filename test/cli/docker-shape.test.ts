// docker's verbs print what docker prints.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type WrittenArchive, writeArchive } from './archives.ts';
import { CliBench } from './run-cli.ts';

const bench = new CliBench();
let web: WrittenArchive;
let old: WrittenArchive;

/** Two years, and a bit, before now. */
const AGED = new Date(Date.now() - 3 * 365 * 24 * 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
const FRESH = new Date(Date.now() - 3 * 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');

beforeAll(async () => {
  web = await writeArchive(bench.path('web.tar'), {
    names: ['web:1', 'localhost:5000/org/web:edge'],
    created: FRESH,
    layers: [{ 'etc/conf': 'a'.repeat(1500) }, { 'srv/page': 'b'.repeat(2_000_000) }],
    config: { Env: ['A=1'], Cmd: ['/bin/serve', '-x'], Labels: { stage: 'test' } },
    history: [
      {
        created: AGED,
        created_by: '/bin/sh -c #(nop) ADD file:0123456789abcdef0123456789abcdef in /',
        comment: 'base',
      },
      { created: FRESH, created_by: 'ENV A=1', empty_layer: true },
      { created: FRESH, created_by: 'COPY\tpage /srv/page' },
    ],
  });
  old = await writeArchive(bench.path('old.tar'), {
    created: AGED,
    layers: [{ 'etc/conf': 'a'.repeat(1500) }],
  });
  await bench.out('load', '-i', web.path);
  await bench.out('load', '-q', '--input', old.path);
});
afterAll(() => bench.remove());

const short = ({ id }: WrittenArchive): string => id.slice(7, 19);

describe('load', () => {
  test('names what it loaded, or its ID where the archive has no names', async () => {
    const other = new CliBench();
    expect(await other.out('load', '-i', web.path)).toBe(
      'Loaded image: web:1\nLoaded image: localhost:5000/org/web:edge\n',
    );
    expect(await other.out('load', '-i', old.path)).toBe(`Loaded image ID: ${old.id}\n`);
    other.remove();
  });

  test('reads standard input', async () => {
    const other = new CliBench();
    const { out, code } = await other.run(['image', 'load'], { stdin: readFileSync(old.path) });
    expect({ out, code }).toEqual({ out: `Loaded image ID: ${old.id}\n`, code: 0 });
    other.remove();
  });

  test('does not wait for a terminal to type an archive', async () => {
    const { code, err } = await bench.run(['load'], { tty: { stdin: true } });
    expect(code).toBe(2);
    expect(err).toMatch(/^phyllo: run load: standard input is a terminal/);
  });
});

describe('images', () => {
  test('has docker’s columns, a row a name, newest first', async () => {
    expect(await bench.out('images')).toBe(
      [
        'REPOSITORY               TAG       IMAGE ID       CREATED       SIZE',
        `web                      1         ${short(web)}   3 hours ago   2MB`,
        `localhost:5000/org/web   edge      ${short(web)}   3 hours ago   2MB`,
        `<none>                   <none>    ${short(old)}   3 years ago   1.5kB`,
        '',
      ].join('\n'),
    );
  });

  test('is image ls', async () => {
    expect(await bench.out('image', 'ls')).toBe(await bench.out('images', '-a'));
  });

  test('-q gives each ID once, whole with --no-trunc', async () => {
    expect(await bench.out('images', '-q')).toBe(`${short(web)}\n${short(old)}\n`);
    expect(await bench.out('images', '-q', '--no-trunc')).toBe(`${web.id}\n${old.id}\n`);
  });

  test('adds columns for digests and shared bytes', async () => {
    const [head, row] = (await bench.out('images', '--digests', '--shared')).split('\n');
    expect(head).toMatch(/^REPOSITORY +TAG +DIGEST +IMAGE ID +CREATED +SIZE +SHARED$/);
    expect(row).toMatch(/ sha256:[0-9a-f]{64} .* 2MB +1\.5kB$/);
  });

  test.each([
    ['dangling=true', ['<none>']],
    ['dangling=false', ['web', 'localhost:5000/org/web']],
    ['reference=web', ['web']],
    ['reference=w*:1', ['web']],
    ['reference=*:5000/*/web', ['localhost:5000/org/web']],
    ['label=stage', ['web', 'localhost:5000/org/web']],
    ['label=stage=test', ['web', 'localhost:5000/org/web']],
    ['label=stage=other', []],
    ['before=web:1', ['<none>']],
    ['since=web:1', []],
  ])('--filter %s', async (filter, repositories) => {
    const out = await bench.out('images', '--filter', filter, '--format', '{{.Repository}}');
    expect(out.split('\n').filter(Boolean)).toEqual(repositories);
  });

  test('takes a name as an argument', async () => {
    expect(await bench.out('images', 'web', '--format', '{{.Repository}}:{{.Tag}}')).toBe('web:1\n');
  });

  test('refuses a filter that it does not know', async () => {
    const { code, err } = await bench.run(['images', '--filter', 'colour=red']);
    expect(code).toBe(2);
    expect(err).toContain('there are dangling=, reference=, label=, before=, since=');
  });

  test('--format json is one object a line, with docker’s fields', async () => {
    const [line] = (await bench.out('images', '--format', 'json')).split('\n');
    expect(JSON.parse(line!)).toMatchObject({
      Containers: 'N/A',
      CreatedSince: '3 hours ago',
      ID: short(web),
      Repository: 'web',
      Size: '2MB',
      Tag: '1',
      UniqueSize: '2MB',
    });
  });

  test('--format table has headings', async () => {
    const out = await bench.out('images', '--format', 'table {{.ID}}\\t{{.Tag}}', 'web');
    expect(out).toBe(`IMAGE ID       TAG\n${short(web)}   1\n`);
  });

  test('knows sizes again after the caches went', async () => {
    const other = new CliBench();
    await other.out('load', '-i', web.path);
    await other.out('system', 'prune', '-a', '-f');
    expect(await other.out('images', 'web', '--format', '{{.Size}}')).toBe('2MB\n');
    other.remove();
  });
});

describe('history', () => {
  test('is newest first, with <missing> below the image', async () => {
    expect(await bench.out('history', 'web:1')).toBe(
      [
        'IMAGE          CREATED       CREATED BY                                      SIZE      COMMENT',
        `${short(web)}   3 hours ago   COPY page /srv/page                             2MB`,
        '<missing>      3 hours ago   ENV A=1                                         0B',
        '<missing>      3 years ago   /bin/sh -c #(nop) ADD file:0123456789abcdef0…   1.5kB     base',
        '',
      ].join('\n'),
    );
  });

  test.each([['-H=false'], ['--human=false'], ['--no-human']])(
    '%s gives bytes and whole times',
    async (flag) => {
      const rows = (await bench.out('image', 'history', flag, 'web:1')).split('\n');
      expect(rows[1]).toBe(
        `${short(web)}   ${FRESH}   COPY page /srv/page                             2000000`,
      );
    },
  );

  test('--human=true is what it does anyway', async () => {
    expect(await bench.out('history', '--human=true', 'web:1')).toBe(await bench.out('history', 'web:1'));
  });

  test('--no-trunc gives all of it', async () => {
    const out = await bench.out('history', '--no-trunc', 'web:1');
    expect(out).toContain(web.id);
    expect(out).toContain('ADD file:0123456789abcdef0123456789abcdef in /');
  });

  test('-q gives IDs', async () => {
    expect(await bench.out('history', '-q', '--no-trunc', 'web:1')).toBe(`${web.id}\n<missing>\n<missing>\n`);
  });

  test('reads an archive in place', async () => {
    expect(await bench.out('history', web.path)).toBe(await bench.out('history', 'web:1'));
  });
});

describe('inspect', () => {
  test('gives docker’s array', async () => {
    const [document, ...others] = JSON.parse(await bench.out('inspect', short(web))) as object[];
    expect(others).toEqual([]);
    expect(document).toMatchObject({
      Id: web.id,
      RepoTags: ['web:1', 'localhost:5000/org/web:edge'],
      Created: FRESH,
      Config: { Env: ['A=1'], Cmd: ['/bin/serve', '-x'], Labels: { stage: 'test' }, Entrypoint: null },
      Architecture: 'amd64',
      Os: 'linux',
      Size: 2_001_500,
      RootFS: { Type: 'layers', Layers: web.diffIDs },
    });
  });

  test('--format reaches into it', async () => {
    const format =
      '{{.Id}} {{json .Config.Cmd}} {{index .RepoTags 0}} {{.Config.Env}} {{len .RootFS.Layers}}';
    expect(await bench.out('inspect', '--format', format, 'web:1')).toBe(
      `${web.id} ["/bin/serve","-x"] web:1 [A=1] 2\n`,
    );
  });

  test('prints what it found and fails for the rest', async () => {
    const { code, out, err } = await bench.run(['inspect', 'nosuch', 'web:1']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject([{ Id: web.id }]);
    expect(err).toMatch(/^phyllo: find nosuch: no image and no container has this name\n {2}\S/);
  });
});

describe('tags, removal and pruning', () => {
  const own = new CliBench();
  beforeAll(() => own.out('load', '-i', web.path));
  afterAll(() => own.remove());

  test('tag is silent, rmi untags until the last name goes', async () => {
    expect(await own.out('tag', 'web:1', 'web:2')).toBe('');
    expect(await own.out('rmi', 'web:2')).toBe('Untagged: web:2\n');
    const { code, err } = await own.run(['rmi', short(web)]);
    expect(code).toBe(1);
    expect(err).toContain('--force');
    const lines = (await own.out('rmi', '-f', short(web))).trimEnd().split('\n');
    expect(lines.slice(0, 3)).toEqual([
      'Untagged: web:1',
      'Untagged: localhost:5000/org/web:edge',
      `Deleted: ${web.id}`,
    ]);
    expect(lines).toContain(`Deleted: ${web.diffIDs[0]}`);
    expect(await own.out('images', '-q')).toBe('');
  });

  test('rmi removes what is there and fails for what is not, unless forced', async () => {
    await own.out('load', '-i', old.path);
    const first = await own.run(['image', 'rm', 'nosuch', old.id]);
    expect(first.code).toBe(1);
    expect(first.out).toContain(`Deleted: ${old.id}`);
    expect(first.err).toMatch(/^phyllo: find image "nosuch"/);
    expect((await own.run(['rmi', '-f', 'nosuch'])).code).toBe(0);
  });

  test('prune asks, and takes no for an answer', async () => {
    await own.out('load', '-i', old.path);
    const tty = { stdin: true, stdout: true };
    const no = await own.run(['image', 'prune'], { tty, stdin: 'n\n' });
    expect(no).toMatchObject({ code: 0, out: '' });
    expect(no.err).toContain('WARNING! This will remove all images without a name.');
    const yes = await own.run(['image', 'prune'], { tty, stdin: 'y\n' });
    expect(yes.out).toContain(`Deleted Images:\nDeleted: ${old.id}`);
    expect(yes.out).toMatch(/\nTotal reclaimed space: \d.*B\n$/);
  });

  test('prune without a terminal wants --force', async () => {
    const { code, err } = await own.run(['system', 'prune']);
    expect(code).toBe(2);
    expect(err).toContain('--force');
    expect(await own.out('system', 'prune', '-f')).toBe('Total reclaimed space: 0B\n');
  });
});

describe('system df', () => {
  test('has docker’s columns', async () => {
    const lines = (await bench.out('system', 'df')).split('\n');
    expect(lines[0]).toBe('TYPE          TOTAL     ACTIVE    SIZE      RECLAIMABLE');
    expect(lines[1]).toMatch(/^Images {8}2 {9}1 {9}\S+B {2,}\S+B \(\d+%\)$/);
  });

  test('-v has a row an image', async () => {
    const out = await bench.out('system', 'df', '-v');
    expect(out).toMatch(/^web +1 +[0-9a-f]{12} +3 hours ago +2MB +1\.5kB +2MB +\S+MB$/m);
  });
});
