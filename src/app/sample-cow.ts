// The images of the copy-on-write demo. They follow samples/cow-demo/Dockerfile.scratch line by line.
import { cmd, copy, env, run, type Sample, type SampleStep, seq, workdir, yes } from './sample-steps.ts';

const LARGE_BYTES = 8_000_000;
const SMALL_FILES = 100;

const FILES: readonly SampleStep[] = [
  copy('etc/', '/etc/'),
  run(
    1,
    [
      'mkdir -p /data',
      `yes "the lower layer is never written to" | head -c ${LARGE_BYTES} > /data/large.txt`,
      'echo "read me as often as you like" > /data/read-me.txt',
    ],
    (tree) => {
      tree.makeDirectory('data');
      tree.writeFile('data/large.txt', yes('the lower layer is never written to', LARGE_BYTES));
      tree.writeFile('data/read-me.txt', Buffer.from('read me as often as you like\n'));
    },
  ),
  run(
    1,
    ['mkdir -p /data/small', `for i in $(seq 1 ${SMALL_FILES}); do seq "$i" > "/data/small/$i.txt"; done`],
    (tree) => {
      tree.makeDirectory('data/small');
      for (let at = 1; at <= SMALL_FILES; at++) tree.writeFile(`data/small/${at}.txt`, seq(at));
    },
  ),
  copy('bin/', '/demo/', { mode: 0o755 }),
  env({ PATH: '/demo:/bin:/usr/bin:/sbin:/usr/sbin' }),
  workdir('/demo'),
  cmd('sh'),
];

/** What busybox is called by in the scripts and in a shell that looks around. */
const NAMES =
  '[ ash awk basename cat chgrp chmod chown cp cut date dd df dirname du echo env false find grep gunzip gzip head hexdump hostname id ip kill less ln ls md5sum mkdir mktemp mount mv nc od ping printf ps readlink realpath rm rmdir sed seq sh sha256sum sleep sort stat stty sync tail tar tee test top touch tr true tty uname uniq vi wc wget which whoami xargs yes'.split(
    ' ',
  );

const BUSYBOX: readonly SampleStep[] = [
  copy('busybox', '/bin/busybox', { mode: 0o755 }),
  {
    createdBy:
      'RUN /bin/busybox sh -c /bin/busybox --install -s /bin && /bin/busybox mkdir -p /tmp && /bin/busybox chmod 1777 /tmp # buildkit',
    seconds: 1,
    change: (tree) => {
      for (const name of NAMES) tree.makeSymlink(`bin/${name}`, 'busybox');
      tree.makeDirectory('tmp');
      tree.chmod('tmp', 0o1777);
    },
  },
];

export const COW: Sample = {
  name: 'cow',
  title: 'copy-on-write, for the simulated shell: no program is in it',
  image: 'docker.io/phyllo/cow:latest',
  context: 'cow-demo',
  dockerfile: 'Dockerfile.scratch',
  steps: FILES,
};

export const COW_BUSYBOX: Sample = {
  name: 'cow-busybox',
  title: "copy-on-write, for real containers: with this machine's own busybox",
  image: 'docker.io/phyllo/cow:busybox',
  context: 'cow-demo',
  dockerfile: 'Dockerfile.busybox',
  needsBusybox: true,
  steps: [...BUSYBOX, ...FILES],
};
