// The images that the corpus builds on, made in code: the same archive is loaded by both builders.
import { writeArchive, oldDockerArchive } from '../../support/image-archives.ts';
import { buildImage, buildLayer } from '../../support/image-build.ts';
import { busyboxLayer } from '../../support/engine-images.ts';
import { hostPlatform } from '../../../src/oci/platform.ts';

const PASSWD = [
  'root:x:0:0:root:/root:/bin/sh',
  'app:x:1000:1001:App:/home/app:/bin/sh',
  // Its group has another number than the group of its name.
  'web:x:33:50:Web:/var/www:/bin/sh',
];
const GROUP = ['root:x:0:', 'app:x:1001:', 'web:x:77:', 'staff:x:50:app'];

const lines = (text: readonly string[]): string => `${text.join('\n')}\n`;

/** With all that a container's root is expected to have. */
const SYSTEM = {
  'dev/': {},
  'etc/': {},
  'etc/group': lines(GROUP),
  'etc/passwd': lines(PASSWD),
  'home/': {},
  'home/app/': { uid: 1000, gid: 1001, mode: 0o750 },
  'proc/': {},
  'sys/': {},
} as const;

/** To be changed: a little of everything. */
const DATA = {
  'data/': { mode: 0o755 },
  'data/a': 'a',
  'data/b': { content: 'b', mode: 0o600, uid: 1000, gid: 1001 },
  'data/deep/': { mode: 0o700 },
  'data/deep/er/': {},
  'data/deep/er/file': 'deep',
  'data/deep/one': '1',
  'data/deep/two': '2',
  'data/empty/': { mode: 0o775, gid: 50 },
  'data/hard1': 'hard',
  'data/hard2': { type: 'hardlink', link: 'data/hard1' },
  'data/link': { link: 'a' },
  'data/linkdir': { link: 'deep' },
  'data/abs': { link: '/data/deep' },
  'data/dangling': { link: 'nowhere' },
  'data/suid': { content: 'suid', mode: 0o4755 },
  'data/sticky/': { mode: 0o1777 },
} as const;

/** Something in every field that a child inherits. */
const INHERITED = {
  User: 'app',
  Env: ['BASE=base', 'PATH=/bin', 'EMPTY='],
  Cmd: ['base-cmd'],
  Entrypoint: ['base-entry', 'with arg'],
  WorkingDir: '/data',
  Labels: { base: 'yes', replaced: 'no' },
  ExposedPorts: { '80/tcp': {} },
  Volumes: { '/vol': {} },
  StopSignal: 'SIGINT',
  Healthcheck: { Test: ['CMD', 'true'], Interval: 5_000_000_000 },
};
const TRIGGERS = ['ENV FROM_TRIGGER=1', 'COPY . /triggered/', 'RUN echo ran > /triggered/ran'];

/**
 * `phyllo/base:1` (busybox, users, files under /data), `phyllo/bare:1` (busybox alone), `phyllo/inherit:1` (a whole
 * config), `phyllo/onbuild:1` (triggers). Returns `path`.
 */
export async function writeBaseImages(path: string): Promise<string> {
  const [busybox, system, data] = [await busyboxLayer(), await buildLayer(SYSTEM), await buildLayer(DATA)];
  const { architecture, variant } = hostPlatform();
  const named = (name: string, layers: readonly (typeof busybox)[], config: object = {}) => ({
    image: buildImage(layers, {
      architecture,
      variant,
      config: { config: { Env: ['PATH=/bin:/usr/bin'], Cmd: ['sh'], ...config } },
    }),
    names: [name],
  });
  const all = [busybox, system, data];
  return await writeArchive(
    path,
    oldDockerArchive([
      named('phyllo/base:1', all),
      named('phyllo/bare:1', [busybox]),
      named('phyllo/inherit:1', all, INHERITED),
      named('phyllo/onbuild:1', all, { OnBuild: TRIGGERS }),
    ]),
  );
}
