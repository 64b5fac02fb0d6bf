// The verb that says where an image's bytes go, and the gate for CI.
import { PLATFORM, type Verb } from '../verb.ts';

export const ANALYZE_VERBS: readonly Verb[] = [
  {
    names: ['analyze'],
    // Optional, since `--json IMAGE` and dive's `--json FILE IMAGE` can only be told apart afterwards.
    args: '[image]',
    summary: 'Tell which bytes of an image are dead, who killed them and what to change; judge it in CI',
    options: [
      {
        flags: '-j, --json [file]',
        summary: 'print one JSON document, or write it to a file when one is named before or after the image',
      },
      { flags: '--compat <tool>', summary: "dive: dive 0.13.1's own figures and JSON", choices: ['dive'] },
      { flags: '--ci', summary: 'judge the image by rules; exit code 1 when one fails, 2 when one is wrong' },
      { flags: '--ci-config <file>', summary: 'rules of the gate (default: .dive-ci, where there is one)' },
      { flags: '--lowestEfficiency <ratio>', summary: 'lowest allowed share of visible bytes (0.9)' },
      { flags: '--highestWastedBytes <size>', summary: 'highest allowed dead bytes (disabled)' },
      { flags: '--highestUserWastedPercent <ratio>', summary: 'highest allowed share above the base (0.1)' },
      {
        flags: '--baseline <file>',
        summary: 'fail when the image grew since this document of analyze --json',
      },
      { flags: '--sarif <file>', summary: 'write what is wrong as SARIF 2.1.0' },
      { flags: '--junit <file>', summary: 'write the gate as JUnit XML' },
      { flags: '--markdown <file>', summary: 'write a summary for pull requests' },
      {
        flags: '--squash <layers>',
        summary: 'also: the size with these layers squashed (3-7)',
        repeats: true,
      },
      { flags: '--without <path>', summary: 'also: the size without these paths', repeats: true },
      {
        flags: '--source <source>',
        summary: "dive's: where the image is",
        choices: ['docker', 'podman', 'docker-archive'],
      },
      { flags: '-i, --ignore-errors', summary: "dive's; changes nothing here" },
      { flags: '--config <file>', summary: "dive's settings; nothing in them counts here" },
      PLATFORM,
    ],
    examples: [
      'phyllo analyze web:latest',
      'phyllo analyze --json ./web.tar',
      'phyllo analyze --ci --baseline main.json --sarif out.sarif web:latest',
      'phyllo analyze --compat dive --ci --json dive.json web:latest',
    ],
    load: () => import('../commands/analyze.ts'),
  },
];
