// ENV in its forms, and what variables expand to.
import type { CaseGroup } from '../build-case.ts';

export const env: CaseGroup = {
  group: 'env',
  cases: [
    {
      name: 'name and value',
      dockerfile: ['FROM phyllo/bare:1', 'ENV A  b c  "d e" ', "ENV B 'x'   y", 'ENV C a=b'],
    },
    {
      name: 'pairs',
      dockerfile: ['FROM phyllo/bare:1', 'ENV A=1 B=\'x y\' C="z" D=a\\ b E= F="" G=a=b=c H=mid"dle"d'],
    },
    {
      name: 'over several lines',
      dockerfile: ['FROM phyllo/bare:1', 'ENV A=1 \\', '    B=2 \\', '', '  C=3', 'ENV D x \\', '  y'],
    },
    {
      name: 'one instruction sees the values of before',
      dockerfile: ['FROM phyllo/bare:1', 'ENV abc=hello', 'ENV abc=bye def=$abc', 'ENV ghi=$abc'],
    },
    {
      name: 'a new value keeps the place',
      dockerfile: ['FROM phyllo/inherit:1', 'ENV NEW=1', 'ENV BASE=changed', 'ENV PATH=/opt/bin:$PATH'],
    },
    { name: 'the same name twice', dockerfile: ['FROM phyllo/bare:1', 'ENV A=1 A=2', 'ENV B=$A'] },
    {
      name: 'PATH of nothing',
      dockerfile: ['FROM scratch', 'COPY f /', 'ENV P=$PATH', 'LABEL p=$PATH'],
      context: { f: '' },
    },
    {
      name: 'RUN sees it',
      dockerfile: ['FROM phyllo/base:1', 'ENV A="x  y" B=\'$A\'', 'RUN env | sort >/env; echo "$A" >>/env'],
    },
    {
      name: 'names that are unusual',
      dockerfile: [
        'FROM phyllo/bare:1',
        'ENV a.b-c=1 1x=2 _=3 \u00fc=4',
        'ENV "q"=5',
        'LABEL a=$_ b=$\u00fc.',
      ],
    },
    {
      name: 'UTF-8',
      dockerfile: ['FROM phyllo/bare:1', 'ENV A=\u{1f433}\u00e9 B="\u65e5 \u672c"', 'LABEL a=$A-$B'],
    },
    { name: 'a quote that stays open', dockerfile: ['FROM phyllo/bare:1', 'ENV A="x'], fails: true },
  ],
};

const VARIABLES = ['FROM phyllo/bare:1', 'ENV set=value empty= other=more'];

export const expansion: CaseGroup = {
  group: 'expansion',
  cases: [
    {
      name: 'plain and in braces',
      dockerfile: [
        ...VARIABLES,
        'LABEL a=$set b=${set} c=${set}x d=$setx e=$set-x f=$set.$other',
        'LABEL g=$nope h=${nope} i=x${nope}y j=$empty. k=$ l="$" m=5$ n=$.x',
      ],
    },
    {
      name: 'defaults',
      dockerfile: [
        ...VARIABLES,
        'LABEL a=${set:-d} b=${empty:-d} c=${nope:-d} d=${nope:-}',
        'LABEL e=${set:+d} f=${empty:+d} g=${nope:+d}',
      ],
    },
    {
      name: 'a word about what is missing',
      dockerfile: [...VARIABLES, 'LABEL a=${set:?told} b=${set?told} c=x${empty?told}'],
    },
    {
      name: 'in quotes',
      dockerfile: [
        ...VARIABLES,
        'LABEL a="$set" b=\'$set\' c="\'$set\'" d=\'"$set"\' e="x"$set\'y\'',
        'LABEL f="a\\nb" g="a\\\\b" h=\'a\\nb\' i="a\\"b"',
      ],
    },
    { name: ':? of nothing', dockerfile: [...VARIABLES, 'LABEL a=${nope:?told}'], fails: true },
    { name: ':? of what is empty', dockerfile: [...VARIABLES, 'LABEL a=${empty:?told}'], fails: true },
    {
      name: 'one in another',
      dockerfile: [
        ...VARIABLES,
        'LABEL a=${nope:-${set}} b=${set:+$other} c=${nope:-${nope:-deep}} d=${nope:-a$set-b}',
      ],
    },
    {
      name: 'defaults with quotes and blanks',
      dockerfile: [...VARIABLES, 'LABEL a=${nope:-"x y"} b="${nope:-x y}" c=${nope:-\'$set\'}'],
    },
    {
      name: 'escaped',
      dockerfile: [...VARIABLES, 'LABEL a=\\$set b=\\${set} c="\\$set" d=\\\\$set e=a\\"b f=\\a'],
    },
    { name: 'digits and signs', dockerfile: [...VARIABLES, 'LABEL a=x$1y b=x$@y c=x$#y d=x${1}y e=$1x'] },
    { name: 'braces that stay open', dockerfile: [...VARIABLES, 'LABEL a=${set'], fails: true },
    { name: 'a modifier that is none', dockerfile: [...VARIABLES, 'LABEL a=${set:=x}'], fails: true },
    { name: 'keys of labels', dockerfile: [...VARIABLES, 'LABEL $set=1 "${other} key"=2'] },
    {
      name: 'in paths',
      dockerfile: ['FROM phyllo/bare:1', 'ENV D=/dir F=f E=', 'COPY $F ${D}/$F$E', 'ADD ["${F}", "/$F 2"]'],
      context: { f: 'f' },
    },
    {
      name: 'in WORKDIR, USER, VOLUME, EXPOSE, STOPSIGNAL',
      dockerfile: [
        'FROM phyllo/bare:1',
        'ENV D=dir U=app P="80 90/udp" S=KILL',
        'WORKDIR /$D/${D}2',
        'USER $U:${U}s',
        'VOLUME /$D ["/x"]',
        'VOLUME ["/$D", "/${D}3"]',
        'STOPSIGNAL SIG$S',
        'EXPOSE $P',
      ],
    },
    {
      name: 'not in commands',
      dockerfile: [
        'FROM phyllo/base:1',
        'ENV A=x',
        'CMD echo $A',
        'ENTRYPOINT ["echo", "$A"]',
        'HEALTHCHECK CMD test $A',
        'ONBUILD ENV B=$A',
        'SHELL ["/bin/sh", "-c", "$A"]',
      ],
    },
    {
      name: '--chown',
      dockerfile: ['FROM phyllo/base:1', 'ARG U=1000', 'COPY --chown=${U}:$U f /'],
      context: { f: '' },
      respelled: { 'COPY f / # buildkit': 'COPY --chown=1000:1000 f / # buildkit' },
    },
  ],
};
