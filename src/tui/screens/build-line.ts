// The line that a build is asked for with: options as on the command line, and the directory of the context. Pure.
import type { BuildRequest } from '../../app/build-services.ts';
import { PhylloError } from '../../lib/errors.ts';
import { splitWords } from './run-line.ts';

type Draft = { -readonly [Key in keyof BuildRequest]: BuildRequest[Key] };

const VALUES: Readonly<Record<string, (draft: Draft, value: string) => void>> = {
  '-t': (draft, value) => void (draft.tags = [...(draft.tags ?? []), value]),
  '--tag': (draft, value) => void (draft.tags = [...(draft.tags ?? []), value]),
  '-f': (draft, value) => void (draft.file = value),
  '--file': (draft, value) => void (draft.file = value),
  '--target': (draft, value) => void (draft.target = value),
  '--platform': (draft, value) => void (draft.platform = value),
  '--build-arg': (draft, value) => void (draft.buildArgs = [...(draft.buildArgs ?? []), argument(value)]),
};

/** Throws `invalid-argument`. */
export function parseBuildLine(line: string): BuildRequest {
  const draft: Draft = { context: '.' };
  const words = splitWords(line, wrong);
  const contexts: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const [, option = word, inline] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    const take = VALUES[option];
    if (take) {
      const value = inline ?? words[++at];
      if (value === undefined) throw wrong(`${option} needs a value`);
      take(draft, value);
    } else if (word === '--no-cache') draft.noCache = true;
    else if (word.startsWith('-')) throw wrong(`there is no option ${option} here`);
    else contexts.push(word);
  }
  if (contexts.length > 1) throw wrong('there is one context');
  return { ...draft, context: contexts[0] ?? '.' };
}

function argument(text: string): readonly [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals <= 0) throw wrong(`--build-arg ${text} is not NAME=VALUE`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function wrong(reason: string): PhylloError {
  return new PhylloError('invalid-argument', `build image: ${reason}`, {
    hint: 'options as of `phyllo build`, then the context: -t NAME -f FILE --target STAGE --build-arg NAME=VALUE .',
  });
}
