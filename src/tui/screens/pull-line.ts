// The line that a pull is asked for with. Pure.
import { PhylloError } from '../../lib/errors.ts';
import { type Platform, parsePlatform } from '../../oci/platform.ts';
import { splitWords } from './run-line.ts';

export interface PullRequest {
  readonly name: string;
  readonly platform?: Platform;
  readonly allTags?: true;
}

/** `[--platform OS/ARCH] [-a] NAME`. Throws `invalid-argument`. */
export function parsePullLine(line: string): PullRequest {
  const words = splitWords(line, wrong);
  let options: Omit<PullRequest, 'name'> = {};
  const names: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const platform = /^--platform(?:=(.*))?$/s.exec(word);
    if (platform) options = { ...options, platform: parsePlatform(platform[1] ?? words[++at] ?? '') };
    else if (word === '-a' || word === '--all-tags') options = { ...options, allTags: true };
    else if (word.startsWith('-')) throw wrong(`there is no option ${word} here`);
    else names.push(word);
  }
  if (names.length !== 1)
    throw wrong(names.length === 0 ? 'there is no name' : 'there is more than one name');
  return { name: names[0]!.replace(/^docker:\/\//, ''), ...options };
}

function wrong(reason: string): PhylloError {
  return new PhylloError('invalid-argument', `pull image: ${reason}`, {
    hint: 'a name as of `phyllo pull`: nginx:1.27, ghcr.io/owner/app, --platform linux/arm64 alpine',
  });
}
