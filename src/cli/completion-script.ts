// Completion of verbs, flags and image names for bash, zsh and fish, from the verb table.
import { GROUP_SUMMARIES, VERBS } from './verbs.ts';
import type { Verb } from './verb.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const LIST_IMAGES = "phyllo images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null";

export function completionScript(shell: Shell): string {
  if (shell === 'bash') return bash();
  return shell === 'zsh' ? zsh() : fish();
}

interface Spelling {
  readonly name: string;
  readonly verb: Verb;
}

function spellings(): Spelling[] {
  return VERBS.flatMap((verb) => verb.names.map((name) => ({ name, verb })));
}

/** What may follow each group: `''` is the program itself. */
function wordsAfter(group: string): string[] {
  const prefix = group === '' ? '' : `${group} `;
  const words = spellings()
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name }) => name.slice(prefix.length).split(' ')[0]!);
  return [...new Set(words)];
}

function flagsOf({ options = [] }: Verb): string[] {
  const flags = options.flatMap(({ flags: text }) => text.match(/(?<=^|[ ,])--?[\w-]+/g) ?? []);
  return [...flags, '--help', '--debug'];
}

function takesImage({ args = '' }: Verb): boolean {
  return /image|source|name/.test(args);
}

function groups(): string[] {
  return [...Object.keys(GROUP_SUMMARIES), 'samples'];
}

function bash(): string {
  const cases = spellings().map(({ name, verb }) => {
    return `    '${name}') flags='${flagsOf(verb).join(' ')}'; images=${takesImage(verb) ? 1 : ''} ;;`;
  });
  const groupCases = groups().map((group) => `    ${group}) words='${wordsAfter(group).join(' ')}' ;;`);
  return `# phyllo completion for bash: source <(phyllo completion bash)
_phyllo() {
  local cur=\${COMP_WORDS[COMP_CWORD]} words='' flags='' images='' verb=\${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${wordsAfter('').join(' ')} --help --version' -- "$cur"))
    compopt -o default 2>/dev/null
    return
  fi
  case $verb in
${groupCases.join('\n')}
  esac
  if [[ -n $words ]] && ((COMP_CWORD == 2)) && [[ $cur != -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    return
  fi
  [[ -n $words && " $words " == *" \${COMP_WORDS[2]} "* ]] && verb="$verb \${COMP_WORDS[2]}"
  case $verb in
${cases.join('\n')}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n $images ]]; then
    COMPREPLY=($(compgen -W "$(${LIST_IMAGES})" -- "$cur"))
    declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$cur"
  fi
  compopt -o default 2>/dev/null
}
complete -F _phyllo phyllo
`;
}

function zsh(): string {
  const cases = spellings().map(({ name, verb }) => {
    return `    '${name}') flags=(${flagsOf(verb).join(' ')}); images=${takesImage(verb) ? 1 : ''} ;;`;
  });
  const groupCases = groups().map((group) => `    ${group}) subs=(${wordsAfter(group).join(' ')}) ;;`);
  return `#compdef phyllo
# phyllo completion for zsh: source <(phyllo completion zsh)
_phyllo() {
  local verb=$words[2] images=''
  local -a subs flags names
  if ((CURRENT == 2)); then
    compadd -- ${wordsAfter('').join(' ')} --help --version
    _files
    return
  fi
  case $verb in
${groupCases.join('\n')}
  esac
  if ((CURRENT == 3)) && ((\${#subs})) && [[ $PREFIX != -* ]]; then
    compadd -- $subs
    return
  fi
  ((\${subs[(Ie)$words[3]]})) && verb="$verb $words[3]"
  case $verb in
${cases.join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then
    compadd -- $flags
    return
  fi
  if [[ -n $images ]]; then
    names=(\${(f)"$(${LIST_IMAGES})"})
    compadd -- $names
  fi
  _files
}
compdef _phyllo phyllo
`;
}

function fish(): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = ['# phyllo completion for fish: phyllo completion fish | source'];
  for (const word of wordsAfter('')) {
    const summary = GROUP_SUMMARIES[word] ?? VERBS.find(({ names }) => names.includes(word))?.summary ?? '';
    lines.push(`complete -c phyllo -n __fish_use_subcommand -a ${word} -d ${quote(summary)}`);
  }
  for (const { name, verb } of spellings()) {
    const [first, second] = name.split(' ') as [string, string | undefined];
    const inFirst = `__fish_seen_subcommand_from ${first}`;
    if (second !== undefined) {
      lines.push(`complete -c phyllo -n ${quote(inFirst)} -a ${second} -d ${quote(verb.summary)}`);
    }
    const when = quote(
      second === undefined ? inFirst : `${inFirst}; and __fish_seen_subcommand_from ${second}`,
    );
    for (const { flags, summary } of verb.options ?? []) {
      const short = /(?:^|\s)-(\w)\b/.exec(flags)?.[1];
      const long = /--([\w-]+)/.exec(flags)?.[1];
      const names = `${short ? ` -s ${short}` : ''}${long ? ` -l ${long}` : ''}${flags.includes('<') ? ' -r' : ''}`;
      lines.push(`complete -c phyllo -n ${when}${names} -d ${quote(summary)}`);
    }
    if (takesImage(verb)) lines.push(`complete -c phyllo -n ${when} -a ${quote(`(${LIST_IMAGES})`)}`);
  }
  return `${lines.join('\n')}\n`;
}
