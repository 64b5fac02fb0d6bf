// Instructions that change the config alone.
import type { CaseGroup } from '../build-case.ts';

export const commands: CaseGroup = {
  group: 'commands',
  cases: [
    { name: 'CMD as a shell line', dockerfile: ['FROM phyllo/bare:1', 'CMD echo "a  b" | cat && true'] },
    {
      name: 'CMD as words',
      dockerfile: ['FROM phyllo/bare:1', 'CMD ["echo", "a  b", "\\"q\\"", "\\u00e9\\n", ""]'],
    },
    { name: 'CMD that is nearly JSON', dockerfile: ['FROM phyllo/bare:1', "CMD ['echo', 'a']"] },
    { name: 'CMD of nothing', dockerfile: ['FROM phyllo/inherit:1', 'CMD []'] },
    {
      name: 'ENTRYPOINT as words',
      dockerfile: ['FROM phyllo/bare:1', 'ENTRYPOINT exec top -b', 'ENTRYPOINT ["top", "-b"]'],
    },
    {
      name: 'ENTRYPOINT clears the CMD of the image',
      dockerfile: ['FROM phyllo/inherit:1', 'ENTRYPOINT ["new"]'],
    },
    {
      name: 'ENTRYPOINT after CMD',
      dockerfile: ['FROM phyllo/inherit:1', 'CMD ["mine"]', 'ENTRYPOINT ["new"]'],
    },
    {
      name: 'CMD after ENTRYPOINT',
      dockerfile: ['FROM phyllo/inherit:1', 'ENTRYPOINT ["new"]', 'CMD ["mine"]'],
    },
    { name: 'ENTRYPOINT of nothing', dockerfile: ['FROM phyllo/inherit:1', 'ENTRYPOINT []'] },
    {
      name: 'ENTRYPOINT in a stage on one with CMD',
      dockerfile: ['FROM phyllo/bare:1 AS one', 'CMD ["parent"]', 'FROM one', 'ENTRYPOINT ["new"]'],
    },
    {
      name: 'CMD in a stage on one with ENTRYPOINT',
      dockerfile: ['FROM phyllo/bare:1 AS one', 'ENTRYPOINT ["parent"]', 'FROM one', 'CMD ["new"]'],
    },
    {
      name: 'SHELL for what follows',
      dockerfile: ['FROM phyllo/bare:1', 'CMD one', 'SHELL ["/bin/sh", "-exc"]', 'ENTRYPOINT two'],
    },
    {
      name: 'SHELL of the parent',
      dockerfile: ['FROM phyllo/bare:1 AS one', 'SHELL ["/bin/busybox", "sh", "-c"]', 'FROM one', 'CMD x'],
    },
    { name: 'the config of the image', dockerfile: ['FROM phyllo/inherit:1', 'LABEL replaced=yes new=1'] },
    {
      name: 'through three stages',
      dockerfile: [
        'FROM phyllo/inherit:1 AS a',
        'ENV A=1',
        'FROM a AS b',
        'USER root',
        'FROM b',
        'CMD ["c"]',
      ],
    },
  ],
};

export const metadata: CaseGroup = {
  group: 'metadata',
  cases: [
    {
      name: 'EXPOSE',
      dockerfile: ['FROM phyllo/bare:1', 'EXPOSE 80', 'EXPOSE 90/udp 80/tcp 100/sctp', 'EXPOSE 53/UDP'],
    },
    { name: 'EXPOSE a range', dockerfile: ['FROM phyllo/bare:1', 'EXPOSE 8000-8003 9000-9001/udp'] },
    { name: 'EXPOSE beside that of the image', dockerfile: ['FROM phyllo/inherit:1', 'EXPOSE 443'] },
    { name: 'EXPOSE of what is no port', dockerfile: ['FROM phyllo/bare:1', 'EXPOSE http'], fails: true },
    {
      name: 'VOLUME',
      dockerfile: ['FROM phyllo/bare:1', 'VOLUME /a /b', 'VOLUME ["/c", "/d e"]', 'VOLUME relative'],
    },
    {
      name: 'VOLUME keeps what RUN writes',
      dockerfile: ['FROM phyllo/base:1', 'VOLUME /data', 'RUN echo x >/data/x', 'COPY f /data/f'],
      context: { f: 'f' },
    },
    {
      name: 'LABEL',
      dockerfile: [
        'FROM phyllo/bare:1',
        'LABEL a=1 b="x y" "c d"=e f=',
        "LABEL com.example.x='single' multi=\"one\\",
        'two"',
        'LABEL old form',
      ],
    },
    { name: 'LABEL twice', dockerfile: ['FROM phyllo/bare:1', 'LABEL a=1', 'LABEL a=2 a=3'] },
    {
      name: 'HEALTHCHECK',
      dockerfile: ['FROM phyllo/bare:1', 'HEALTHCHECK CMD wget -q localhost || exit 1'],
    },
    {
      name: 'HEALTHCHECK with words and times',
      dockerfile: [
        'FROM phyllo/bare:1',
        'HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=2h --retries=5 CMD ["true", "a b"]',
      ],
    },
    { name: 'HEALTHCHECK NONE', dockerfile: ['FROM phyllo/inherit:1', 'HEALTHCHECK NONE'] },
    {
      name: 'the last HEALTHCHECK',
      dockerfile: ['FROM phyllo/bare:1', 'HEALTHCHECK --retries=2 CMD a', 'HEALTHCHECK --interval=3s CMD b'],
    },
    {
      name: 'STOPSIGNAL',
      dockerfile: ['FROM phyllo/bare:1', 'STOPSIGNAL SIGQUIT', 'STOPSIGNAL 9', 'STOPSIGNAL rtmin+3'],
    },
    {
      name: 'STOPSIGNAL of nothing known',
      dockerfile: ['FROM phyllo/bare:1', 'STOPSIGNAL SIGNOPE'],
      fails: true,
    },
    {
      name: 'MAINTAINER',
      dockerfile: ['FROM phyllo/bare:1', 'MAINTAINER  Some One <one@example.com> "quoted" $HOME'],
    },
    { name: 'an instruction that is none', dockerfile: ['FROM phyllo/bare:1', 'LABLE a=b'], fails: true },
  ],
};

export const onbuild: CaseGroup = {
  group: 'onbuild',
  cases: [
    {
      name: 'is kept',
      dockerfile: [
        'FROM phyllo/bare:1',
        'ONBUILD COPY . /app',
        'ONBUILD RUN echo "$A"  x',
        'onbuild env A=$B',
        'LABEL a=b',
      ],
    },
    {
      name: 'runs in the next build',
      dockerfile: ['FROM phyllo/onbuild:1', 'LABEL a=$FROM_TRIGGER'],
      context: { f: 'f' },
    },
    {
      name: 'runs in a stage and is gone',
      dockerfile: ['FROM phyllo/onbuild:1 AS one', 'FROM one', 'LABEL a=b'],
      context: { f: 'f' },
    },
    {
      name: 'triggers of both',
      dockerfile: ['FROM phyllo/onbuild:1', 'ONBUILD LABEL next=1'],
      context: { f: 'f' },
    },
    { name: 'ONBUILD ONBUILD', dockerfile: ['FROM phyllo/bare:1', 'ONBUILD ONBUILD RUN x'], fails: true },
  ],
};
