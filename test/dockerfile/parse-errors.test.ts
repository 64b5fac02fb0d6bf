import { describe, expect, test } from 'vitest';
import { briefsOf } from './parsed.ts';

const oneOrThree = 'error FROM requires either one or three arguments';
const stageHint = 'it starts with a letter; then letters, digits, - _ and .';

describe('one error each, at its place', () => {
  test.each([
    ['FORM x', '1-2:5 error unknown instruction: FORM (did you mean FROM?)'],
    ['COPPY x', '1-2:6 error unknown instruction: COPPY (did you mean COPY?)'],
    ['entrypiont x', '1-2:11 error unknown instruction: entrypiont (did you mean ENTRYPOINT?)'],
    ['apt x', '1-2:4 error unknown instruction: apt'],
    ['//x', '1-2:4 error unknown instruction: //x'],
    [`${'x'.repeat(100)}`, `1-2:101 error unknown instruction: ${'x'.repeat(60)}…`],

    ['FROM', `1-2:5 ${oneOrThree} (name an image, or scratch)`],
    ['FROM a b', `6-2:9 ${oneOrThree} (write FROM image AS name)`],
    ['FROM a AS', `6-2:10 ${oneOrThree} (write FROM image AS name)`],
    ['FROM a b c', `6-2:11 ${oneOrThree} (write FROM image AS name)`],
    ['FROM a AS b c', `6-2:14 ${oneOrThree} (write FROM image AS name)`],
    ['FROM a AS 1', `11-2:12 error invalid name for a build stage: "1" (${stageHint})`],
    ['FROM a AS b/c', `11-2:14 error invalid name for a build stage: "b/c" (${stageHint})`],
    ['FROM a AS é', `11-2:12 error invalid name for a build stage: "é" (${stageHint})`],

    ['ARG', '1-2:4 error ARG requires at least one argument'],
    ['ARG =a', '5-2:7 error ARG names cannot be blank'],
    ['ARG a =b', '7-2:9 error ARG names cannot be blank'],
    ['ENV', '1-2:4 error ENV requires at least one argument'],
    ['ENV A', '5-2:6 error ENV must have two arguments (write ENV name=value)'],
    ['LABEL A', '7-2:8 error LABEL must have two arguments (write LABEL name=value)'],
    ['ENV =a', '5-2:7 error ENV names cannot be blank'],
    ['ENV a=b c', '9-2:10 error no = in "c" (write name=value, with quotes around a value with blanks)'],
    [
      'LABEL a=b c d=e',
      '11-2:12 error no = in "c" (write name=value, with quotes around a value with blanks)',
    ],

    ['COPY', '1-2:5 error COPY requires at least two arguments (write COPY source destination)'],
    ['COPY a', '6-2:7 error COPY requires at least two arguments (write COPY source destination)'],
    ['ADD ["a"]', '5-2:10 error ADD requires at least two arguments (write ADD source destination)'],
    [
      'COPY --from=$X a b',
      '6-2:15 error --from does not expand variables (name it in a stage of its own: FROM … AS name)',
    ],
    ['RUN []', '5-2:7 error RUN requires at least one argument'],
    ['SHELL', '1-2:6 error SHELL requires at least one argument'],
    ['SHELL []', '7-2:9 error SHELL requires at least one argument'],
    [
      'SHELL bash -c',
      '7-2:14 error SHELL requires its arguments in JSON form (write SHELL ["program", "argument"])',
    ],
    ['VOLUME', '1-2:7 error VOLUME requires at least one argument'],
    ['VOLUME []', '8-2:10 error VOLUME requires at least one argument'],
    ['VOLUME [" "]', '8-2:13 error a volume cannot be an empty string'],
    ['EXPOSE', '1-2:7 error EXPOSE requires at least one argument'],
    ['WORKDIR', '1-2:8 error WORKDIR requires exactly one argument'],
    ['USER', '1-2:5 error USER requires exactly one argument'],
    ['STOPSIGNAL', '1-2:11 error STOPSIGNAL requires exactly one argument'],
    ['MAINTAINER', '1-2:11 error MAINTAINER requires exactly one argument'],

    ['CMD [1]', '6-2:7 error the JSON form takes strings alone (put it in double quotes)'],
    ['CMD ["a", "]", ["b"]]', '16-2:17 error the JSON form takes strings alone (put it in double quotes)'],
    ['RUN [ "\\"" , null]', '14-2:15 error the JSON form takes strings alone (put it in double quotes)'],
    ['COPY ["a", {}]', '12-2:13 error the JSON form takes strings alone (put it in double quotes)'],
    ['VOLUME [true]', '9-2:10 error the JSON form takes strings alone (put it in double quotes)'],
    ['SHELL [1]', '8-2:9 error the JSON form takes strings alone (put it in double quotes)'],
    ['HEALTHCHECK CMD ["a", 1]', '23-2:24 error the JSON form takes strings alone (put it in double quotes)'],

    [
      'HEALTHCHECK',
      '1-2:12 error HEALTHCHECK requires at least one argument (write HEALTHCHECK CMD command)',
    ],
    ['HEALTHCHECK CMD', '13-2:16 error missing command after HEALTHCHECK CMD'],
    ['HEALTHCHECK CMD []', '13-2:16 error missing command after HEALTHCHECK CMD'],
    ['HEALTHCHECK NONE a', '13-2:19 error HEALTHCHECK NONE takes no arguments'],
    ['HEALTHCHECK curl a', '13-2:17 error unknown type "curl" in HEALTHCHECK (did you mean CMD?)'],
    [
      'HEALTHCHECK --interval=5 CMD a',
      '13-2:25 error --interval is no duration: "5" (write it as 30s, 1m30s or 500ms)',
    ],
    ['HEALTHCHECK --timeout=1us CMD a', '13-2:26 error --timeout cannot be less than 1ms'],
    ['HEALTHCHECK --start-period=-1s CMD a', '13-2:31 error --start-period cannot be less than 1ms'],
    ['HEALTHCHECK --retries=-1 CMD a', '13-2:25 error --retries cannot be negative'],
    ['HEALTHCHECK --retries=1.5 CMD a', '13-2:26 error --retries is no number: "1.5"'],
    ['HEALTHCHECK --retries=2147483648 CMD a', '13-2:33 error --retries is no number: "2147483648"'],

    ['ONBUILD', '1-2:8 error ONBUILD requires at least one argument'],
    ['ONBUILD ONBUILD RUN a', '9-2:16 error ONBUILD cannot be the trigger of another ONBUILD'],
    ['ONBUILD from a', '9-2:13 error FROM cannot be a trigger of ONBUILD'],
    ['ONBUILD MAINTAINER a', '9-2:19 error MAINTAINER cannot be a trigger of ONBUILD'],
    ['ONBUILD FOOBAR', '9-2:15 error unknown instruction: FOOBAR'],
    ['ONBUILD COPY a', '14-2:15 error COPY requires at least two arguments (write COPY source destination)'],

    ['COPY --frm=a b c', '6-2:13 error unknown flag: --frm (did you mean --from?)'],
    ['ADD --from=a b c', '5-2:13 error unknown flag: --from (--from is a flag of COPY)'],
    ['COPY --unpack b c', '6-2:14 error unknown flag: --unpack (--unpack is a flag of ADD)'],
    [
      'CMD --x y',
      '5-2:8 error unknown flag: --x (CMD has no flags; write -- before a word that starts with --)',
    ],
    ['FROM --x a', '6-2:9 error unknown flag: --x (FROM has --platform)'],
    [
      'ONBUILD --x RUN a',
      '9-2:12 error unknown flag: --x (ONBUILD has no flags; write -- before a word that starts with --)',
    ],
    ['COPY --From=a b c', '6-2:14 error unknown flag: --From (did you mean --from?)'],
    [
      'COPY --constructor=a b c',
      '6-2:21 error unknown flag: --constructor (COPY has --chown, --chmod, --link, --exclude, --from, --parents)',
    ],
    ['COPY --from=a --from=b c d', '15-2:23 error duplicate flag: --from'],
    ['COPY --link --link=false c d', '13-2:25 error duplicate flag: --link'],
    ['COPY --from b c', '6-2:12 error missing a value on flag: --from (write --from=value)'],
    ['COPY --exclude b c', '6-2:15 error missing a value on flag: --exclude (write --exclude=value)'],
    ['COPY --link= b c', '6-2:13 error missing a value on flag: --link (use true or false)'],
    ['COPY --link=yes b c', '6-2:16 error --link is true or false, not "yes"'],
    ['RUN --network=hots a', '5-2:19 error invalid value for --network: "hots" (did you mean host?)'],
    [
      'RUN --network=foobar a',
      '5-2:21 error invalid value for --network: "foobar" (use default, none, host)',
    ],
    ['RUN --security=none a', '5-2:20 error invalid value for --security: "none" (use sandbox, insecure)'],
  ])('%s', (line, expected) => {
    expect(briefsOf(`FROM base\n${line}`)).toEqual([`2:${expected}`]);
  });
});

describe('mounts', () => {
  test.each([
    ['tpye=bind', 'unknown option "tpye" (did you mean type?)'],
    ['target=/a,zzzzz=1', 'unknown option "zzzzz"'],
    ['target=/a,', 'unknown option ""'],
    ['target', 'target needs a value (write target=value)'],
    ['type=cahce', 'invalid value for type: "cahce" (did you mean cache?)'],
    ['type=volume', 'invalid value for type: "volume" (use bind, cache, tmpfs, secret, ssh)'],
    ['type=cache,sharing=lock', 'invalid value for sharing: "lock" (did you mean locked?)'],
    ['ro=maybe', 'invalid value for ro: "maybe"'],
    ['type=secret,id=a,mode=0999', 'invalid value for mode: "0999"'],
    ['type=secret,id=a,uid=-1', 'invalid value for uid: "-1"'],
    ['type=secret,id=a,gid=4294967296', 'invalid value for gid: "4294967296"'],
    ['from=$X', 'from does not expand variables (name it in a stage of its own: FROM … AS name)'],
    ['required', 'a mount of type bind has no required'],
    ['type=cache,size=1', 'a mount of type cache has no size'],
    ['mode=0700', 'a mount of type bind has no mode'],
    ['type=tmpfs,sharing=shared', 'a mount of type tmpfs has no sharing'],
    ['type=secret,id=a,from=b', 'a mount of type secret has no from'],
    ['type=secret', 'a secret needs an id or a target'],
    ['type=secret,id=a,src=b', 'a secret has an id or a source, not both'],
    ['target=\\"a', 'the quotes do not match'],
    ['\\"target=a\\"b', 'the quotes do not match'],
  ])('--mount=%s', (value, expected) => {
    const end = `RUN --mount=${value}`.length + 1;
    expect(briefsOf(`FROM base\nRUN --mount=${value} x`)).toEqual([
      `2:5-2:${end} error --mount: ${expected}`,
    ]);
  });
});

describe('warnings for what BuildKit takes without a word', () => {
  const command = 'warning not a valid JSON array, so it is taken as a shell command';
  const words = 'warning not a valid JSON array, so it is taken as plain words';
  test.each([
    ['CMD ["a", "b"', `5-2:14 ${command}`],
    ["CMD ['a', 'b']", `5-2:15 ${command} (JSON has double quotes)`],
    ['CMD [a, b]', `5-2:11 ${command}`],
    ['RUN [ "a", b ]', `5-2:15 ${command}`],
    ['ENTRYPOINT ["a"', `12-2:16 ${command}`],
    ['HEALTHCHECK CMD ["a"', `17-2:21 ${command}`],
    ["COPY ['a', '/b']", `6-2:17 ${words} (JSON has double quotes)`],
    ['VOLUME ["/a"', `8-2:13 ${words}`],
    ['RUN', '1-2:4 warning RUN has no command, so the shell gets an empty one'],
    ['CMD', '1-2:4 warning CMD has no command, so the shell gets an empty one'],
    ['ENTRYPOINT', '1-2:11 warning ENTRYPOINT has no command, so the shell gets an empty one'],
    ['ARG --x a', '5-2:8 warning ARG has no flags: --x is ignored'],
    ['STOPSIGNAL --x 9', '12-2:15 warning STOPSIGNAL has no flags: --x is ignored'],
    ['HEALTHCHECK --retries=3 NONE', '13-2:24 warning --retries means nothing with NONE'],
    ['ENV a="b c', '7-2:8 warning the quote is never closed'],
    ["LABEL a=b c='d", '13-2:14 warning the quote is never closed'],
  ])('%s', (line, expected) => {
    expect(briefsOf(`FROM base\n${line}`)).toEqual([`2:${expected}`]);
  });

  test.each([
    'RUN [ "$a" = b ] || c',
    'RUN [[ -f a ]]',
    'RUN [ "a" ] && b',
    'COPY [a-z]* /b/',
    'ENV a=\\" b=c',
  ])('none for %s', (line) => {
    expect(briefsOf(`FROM base\n${line}`)).toEqual([]);
  });
});

test('a line that was to go on with RUN says so', () => {
  expect(briefsOf('FROM a\nRUN b\n  && c\nUSER d\n&& e')).toEqual([
    '3:3-3:5 error unknown instruction: && (to go on with RUN, end the line above with \\)',
    '5:1-5:3 error unknown instruction: &&',
  ]);
});
