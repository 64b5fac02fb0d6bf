// WORKDIR and USER.
import type { CaseGroup } from '../build-case.ts';

export const workdir: CaseGroup = {
  group: 'workdir',
  cases: [
    { name: 'made, and its parents', dockerfile: ['FROM phyllo/bare:1', 'WORKDIR /a/b/c'] },
    {
      name: 'relative',
      dockerfile: ['FROM phyllo/bare:1', 'WORKDIR a', 'WORKDIR b', 'WORKDIR ../c', 'WORKDIR ./d/.'],
    },
    {
      name: 'slashes',
      dockerfile: ['FROM phyllo/bare:1', 'WORKDIR //a///b/', 'WORKDIR /', 'WORKDIR x/'],
      respelled: { 'WORKDIR //a///b/': 'WORKDIR /a/b' },
    },
    {
      name: 'over the root',
      dockerfile: ['FROM phyllo/bare:1', 'WORKDIR ../../x', 'WORKDIR ../../../y/.././z'],
    },
    { name: 'the root alone', dockerfile: ['FROM phyllo/bare:1', 'WORKDIR /', 'LABEL a=b'] },
    { name: 'one that is there', dockerfile: ['FROM phyllo/base:1', 'WORKDIR /data/deep', 'RUN pwd >/cwd'] },
    { name: 'from the image', dockerfile: ['FROM phyllo/inherit:1', 'WORKDIR sub'] },
    {
      name: 'a user owns what is made',
      dockerfile: ['FROM phyllo/base:1', 'USER app', 'WORKDIR /w/x', 'USER 33:50', 'WORKDIR y'],
    },
    {
      name: 'blanks and UTF-8',
      dockerfile: ['FROM phyllo/bare:1', 'WORKDIR /a b/\u00fc', 'WORKDIR "/quoted dir"'],
    },
    {
      name: 'through a link',
      dockerfile: ['FROM phyllo/base:1', 'WORKDIR /data/linkdir/new', 'RUN pwd >/cwd; touch here'],
    },
    { name: 'through an absolute link', dockerfile: ['FROM phyllo/base:1', 'WORKDIR /data/abs/er/new'] },
    {
      name: 'COPY and RUN start there',
      dockerfile: ['FROM phyllo/base:1', 'WORKDIR /w', 'COPY f ./', 'COPY f g', 'RUN cat f >h'],
      context: { f: 'f' },
    },
    { name: 'on a file', dockerfile: ['FROM phyllo/base:1', 'WORKDIR /data/a'], fails: true },
  ],
};

export const user: CaseGroup = {
  group: 'user',
  cases: [
    {
      name: 'by name',
      dockerfile: [
        'FROM phyllo/base:1',
        'USER app',
        'RUN id -u >/tmp/id; id -g >>/tmp/id; id -G >>/tmp/id; env | sort >/tmp/env',
      ],
    },
    {
      name: 'by number',
      dockerfile: ['FROM phyllo/base:1', 'USER 1000', 'RUN id -u >/tmp/id; id -g >>/tmp/id; id -G >>/tmp/id'],
    },
    {
      name: 'with a group by name',
      dockerfile: ['FROM phyllo/base:1', 'USER app:staff', 'RUN id -G >/tmp/id'],
    },
    {
      name: 'with numbers of nobody',
      dockerfile: ['FROM phyllo/base:1', 'USER 4321:8765', 'RUN echo "$(id -u) $(id -g) $HOME" >/tmp/id'],
    },
    {
      name: 'a number of nobody',
      dockerfile: ['FROM phyllo/base:1', 'USER 4321', 'RUN echo "$(id -u) $(id -g) $HOME" >/tmp/id'],
    },
    {
      name: 'whose group has another number',
      dockerfile: ['FROM phyllo/base:1', 'USER web', 'RUN id -g >/tmp/id; id -G >>/tmp/id'],
    },
    {
      name: 'of nobody is no error before RUN',
      dockerfile: ['FROM phyllo/base:1', 'USER nobody:nowhere', 'LABEL a=b'],
    },
    {
      name: 'of nobody with RUN',
      dockerfile: ['FROM phyllo/base:1', 'USER nobody', 'RUN true'],
      fails: true,
    },
    {
      name: 'from the image',
      dockerfile: ['FROM phyllo/inherit:1', 'RUN id -u >/tmp/id', 'WORKDIR /tmp/sub'],
    },
    {
      name: 'does not change COPY',
      dockerfile: ['FROM phyllo/base:1', 'USER app', 'COPY f /new/f', 'ADD f /tmp/'],
      context: { f: '' },
    },
    {
      name: 'made by an earlier RUN',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN echo new:x:7:8::/:/bin/sh >>/etc/passwd',
        'USER new',
        'RUN id -g >/tmp/id',
      ],
    },
  ],
};
