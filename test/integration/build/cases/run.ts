// RUN: what it runs, in what, and what it leaves behind.
import type { CaseGroup } from '../build-case.ts';

export const run: CaseGroup = {
  group: 'run',
  cases: [
    {
      name: 'a shell line',
      dockerfile: ['FROM phyllo/base:1', 'RUN echo "a  b" >/f && echo $HOME $PATH $0 >>/f'],
    },
    {
      name: 'words',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN ["sh", "-c", "echo $HOME \'a  b\' >/f"]',
        'RUN ["touch", "/a b", "/$HOME"]',
      ],
    },
    { name: 'nearly JSON', dockerfile: ['FROM phyllo/base:1', 'RUN [ -d /data ] && echo yes >/f'] },
    {
      name: 'several lines',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN echo a >/f \\',
        '  && echo b >>/f \\',
        '# a comment',
        '',
        '  && echo c \\',
        '       d >>/f',
      ],
    },
    {
      name: 'another shell',
      dockerfile: [
        'FROM phyllo/base:1',
        'SHELL ["/bin/sh", "-uc"]',
        'RUN echo $- ${A-unset} >/f',
        'RUN echo $A',
      ],
      fails: true,
    },
    {
      name: 'SHELL with more',
      dockerfile: [
        'FROM phyllo/base:1',
        'SHELL ["/bin/busybox", "sh", "-e", "-c"]',
        'RUN echo "$0" >/f',
        'SHELL ["/bin/sh", "-c"]',
        'RUN echo "$0" >>/f',
      ],
    },
    {
      name: 'the environment',
      dockerfile: ['FROM phyllo/base:1', 'ENV A="x y" B=', 'ARG C=c', 'RUN env | sort >/f'],
    },
    {
      name: 'the working directory',
      dockerfile: ['FROM phyllo/base:1', 'RUN pwd >/f', 'WORKDIR /data/deep', 'RUN pwd >>/f; touch here'],
    },
    {
      name: 'umask and identity',
      dockerfile: ['FROM phyllo/base:1', 'RUN umask >/f; id -u >>/f; id -G >>/f; touch /g; mkdir /h'],
    },
    {
      name: 'standard input is empty',
      dockerfile: ['FROM phyllo/base:1', 'RUN cat >/f; test -t 0 || echo no terminal >>/f'],
    },
    { name: 'only loopback', dockerfile: ['FROM phyllo/base:1', 'RUN ls /sys/class/net >/f'] },
    {
      name: 'the files of names stay out',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN test -e /etc/hosts && test -e /etc/resolv.conf && touch /dev/shm/x',
        'RUN ls /etc /dev/shm >/f; ls -d /proc/self /dev/null /sys/class >>/f',
      ],
    },
    {
      name: 'from a bare image',
      dockerfile: ['FROM phyllo/bare:1', 'RUN echo a >/a', 'RUN echo b >/b'],
      accepts: 'run-mount-points',
    },
    {
      name: 'files where it mounts',
      dockerfile: ['FROM phyllo/bare:1', 'COPY . /', 'RUN true'],
      context: { 'etc/x': 'x', 'dev/y': 'y', 'proc/z': 'z', 'sys/w': 'w' },
    },
    { name: 'that fails', dockerfile: ['FROM phyllo/base:1', 'RUN exit 7'], fails: true },
    {
      name: 'in a stage that is not needed',
      dockerfile: ['FROM phyllo/base:1 AS no', 'RUN exit 1', 'FROM phyllo/bare:1', 'LABEL a=b'],
    },
  ],
};

export const changes: CaseGroup = {
  group: 'changes of run',
  cases: [
    {
      name: 'added',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN mkdir -p /x/y/z && echo 1 >/x/y/f && ln -s f /x/y/l && ln /x/y/f /x/h',
      ],
    },
    {
      name: 'written',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN echo more >>/data/a && echo new >/data/b',
        'RUN true',
        'RUN : >/data/a',
      ],
    },
    {
      name: 'modes',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN chmod 600 /data/a && chmod 2755 /data/deep',
        'RUN chmod -R go-rwx /data && chmod 4711 /data/a',
      ],
    },
    {
      name: 'owners',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN chown app:staff /data/a && chown -h app /data/link',
        'RUN chown -R 5:6 /data/deep && chown 70000:80000 /data/b',
      ],
    },
    {
      name: 'set-ID files lose it with their owner',
      dockerfile: ['FROM phyllo/base:1', 'RUN chown app /data/suid', 'RUN chmod u+s /data/suid'],
    },
    {
      name: 'deleted',
      dockerfile: ['FROM phyllo/base:1', 'RUN rm /data/a', 'RUN rm /data/link /data/dangling /data/hard1'],
    },
    {
      name: 'a directory deleted',
      dockerfile: ['FROM phyllo/base:1', 'RUN rm -r /data/deep', 'RUN rmdir /data/empty && rm -r /data'],
    },
    {
      name: 'deleted and made again',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN rm /data/a && echo again >/data/a',
        'RUN rm -r /data/deep && mkdir /data/deep && echo n >/data/deep/new',
        'RUN rm -r /data/deep; mkdir -p /data/deep/er',
      ],
    },
    {
      name: 'deleted, made again later',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN rm -r /data/deep',
        'RUN mkdir /data/deep && echo n >/data/deep/one',
        'RUN rm /data/a',
        'RUN echo back >/data/a',
      ],
    },
    {
      name: 'a file becomes a directory',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN rm /data/a && mkdir /data/a && echo x >/data/a/x',
        'RUN rm -r /data/a && echo y >/data/a',
      ],
    },
    {
      name: 'a directory becomes a file',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN rm -r /data/deep && echo f >/data/deep',
        'RUN rm /data/deep && mkdir /data/deep',
      ],
    },
    {
      name: 'a directory becomes a link',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN mv /data/deep /data/moved && ln -s moved /data/deep',
        'RUN echo x >/data/deep/through',
      ],
    },
    {
      name: 'a link becomes a file, a file a link',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN rm /data/link && echo f >/data/link',
        'RUN ln -sf b /data/a',
        'RUN ln -sfn empty /data/linkdir',
      ],
    },
    {
      name: 'renamed',
      dockerfile: ['FROM phyllo/base:1', 'RUN mv /data/a /data/renamed', 'RUN mv /data/b /data/renamed'],
    },
    {
      name: 'directories renamed',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN mv /data/deep /data/other',
        'RUN mv /data /elsewhere',
        'RUN mv /elsewhere/other/er /er',
      ],
    },
    {
      name: 'swapped',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN cd /data && mv a t && mv b a && mv t b',
        'RUN cd /data && mv deep t && mv empty deep && mv t empty',
      ],
    },
    {
      name: 'hard links made',
      dockerfile: ['FROM phyllo/base:1', 'RUN ln /data/a /data/a2', 'RUN ln /data/a2 /a3 && ln /data/b /b2'],
    },
    {
      name: 'hard links of the image',
      dockerfile: ['FROM phyllo/base:1', 'RUN rm /data/hard1', 'RUN ln /data/hard2 /data/hard1'],
    },
    {
      name: 'touched',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN touch /data/a',
        'RUN touch -t 200102030405 /data/a /data/b && touch /data/deep',
      ],
    },
    {
      name: 'other kinds of files',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN busybox mkfifo /pipe && busybox mkfifo -m 600 /data/pipe',
        'RUN rm /pipe && echo f >/pipe',
      ],
    },
    {
      name: 'many files',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN mkdir /many; i=0; while [ $i -lt 300 ]; do echo $i >/many/$i; i=$((i+1)); done',
        'RUN rm /many/1*',
      ],
    },
    {
      name: 'the root itself',
      dockerfile: ['FROM phyllo/base:1', 'RUN echo x >/x; chmod 711 /', 'RUN rm /x'],
    },
    {
      name: 'COPY over changes and changes over COPY',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN rm -r /data/deep',
        'COPY . /data/deep/',
        'RUN chmod 600 /data/deep/f && mv /data/deep /d',
        'COPY f /d/f',
      ],
      context: { f: 'f', 'g/h': 'h' },
    },
  ],
};
