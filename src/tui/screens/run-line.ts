// The line that a container is asked for with: options as on the command line, then the command. Pure.
import type { RunRequest } from '../../app/container-services.ts';
import { type EngineName, type Mount, NETWORK_MODES, type PortPublication } from '../../engine/container.ts';
import { PhylloError } from '../../lib/errors.ts';

type Draft = { -readonly [Key in keyof RunRequest]: RunRequest[Key] };

const ENGINES: readonly EngineName[] = ['linux', 'docker', 'virtual'];
/** Letters that may stand together: `-it`. */
const SWITCHES: Readonly<Record<string, (draft: Draft) => void>> = {
  '-i': (draft) => void (draft.stdin = true),
  '-t': (draft) => void (draft.tty = true),
  '-P': (draft) => void (draft.publishAll = true),
  '--rm': (draft) => void (draft.autoRemove = true),
  '--read-only': (draft) => void (draft.readOnly = true),
};
const VALUES: Readonly<Record<string, (draft: Draft, value: string) => void>> = {
  '--name': (draft, value) => void (draft.name = value),
  '-e': (draft, value) => void (draft.env = [...(draft.env ?? []), value]),
  '-p': (draft, value) => void (draft.ports = [...(draft.ports ?? []), readPort(value)]),
  '-v': (draft, value) => void (draft.mounts = [...(draft.mounts ?? []), readMount(value)]),
  '-w': (draft, value) => void (draft.workingDir = value),
  '-u': (draft, value) => void (draft.user = value),
  '--hostname': (draft, value) => void (draft.hostname = value),
  '--entrypoint': (draft, value) => void (draft.entrypoint = value === '' ? [] : [value]),
  '--network': (draft, value) => void (draft.network = oneOf(value, NETWORK_MODES, '--network')),
  '--engine': (draft, value) => void (draft.engine = oneOf(value, ENGINES, '--engine')),
};

/** Throws `invalid-argument`. */
export function parseRunLine(image: string, line: string): RunRequest {
  const words = splitWords(line);
  const draft: Draft = { image };
  let at = 0;
  while (at < words.length && words[at]!.startsWith('-')) {
    const word = words[at++]!;
    if (word === '--') break;
    const [, option = word, inline] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    const take = VALUES[option];
    if (take) {
      const value = inline ?? words[at++];
      if (value === undefined) throw wrong(`${option} needs a value`);
      take(draft, value);
    } else {
      setSwitches(draft, option);
    }
  }
  const command = words.slice(at);
  return command.length === 0 ? draft : { ...draft, command };
}

function setSwitches(draft: Draft, option: string): void {
  const names = option.startsWith('--') ? [option] : Array.from(option.slice(1), (letter) => `-${letter}`);
  for (const name of names) {
    const set = SWITCHES[name];
    if (!set) throw wrong(`there is no option ${name} here`);
    set(draft);
  }
}

/** Words as a shell splits them: quotes and backslashes, nothing else. */
export function splitWords(line: string, failure = wrong): string[] {
  const words: string[] = [];
  const piece = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(.)/gsu;
  let word: string | undefined;
  for (const [all, single, double, escaped, plain, stray] of line.matchAll(piece)) {
    if (stray !== undefined) throw failure(`a ${stray} is not closed`);
    if (/^\s+$/.test(all)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word = (word ?? '') + (single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '');
  }
  return word === undefined ? words : [...words, word];
}

/** `[[IP:]HOST:]CONTAINER[/tcp]` */
function readPort(text: string): PortPublication {
  const match = /^(?:(?:(\d+\.\d+\.\d+\.\d+|\[[\da-fA-F:]+\]):)?(\d*):)?(\d+)(?:\/(tcp|udp))?$/.exec(text);
  if (!match) throw wrong(`-p ${text} is not HOST:CONTAINER`);
  const [, ip = '', host = '', container, protocol = 'tcp'] = match;
  return {
    hostIp: ip.replace(/^\[|\]$/g, ''),
    hostPort: host === '' ? undefined : portNumber(host),
    containerPort: portNumber(container!),
    protocol: protocol as PortPublication['protocol'],
  };
}

function portNumber(text: string): number {
  const port = Number(text);
  if (port < 1 || port > 65_535) throw wrong(`${text} is no port`);
  return port;
}

/** `SOURCE:TARGET[:ro]`: a path is bound, a name is a volume. */
function readMount(text: string): Mount {
  const [source = '', target, mode = 'rw', ...more] = text.split(':');
  if (target === undefined || !target.startsWith('/') || more.length > 0 || !/^r[ow]$/.test(mode))
    throw wrong(`-v ${text} is not SOURCE:TARGET[:ro]`);
  const readOnly = mode === 'ro';
  if (source.startsWith('/')) return { type: 'bind', source, target, readOnly };
  return { type: 'volume', name: source === '' ? undefined : source, target, readOnly };
}

function oneOf<Value extends string>(text: string, values: readonly Value[], option: string): Value {
  const value = values.find((known) => known === text);
  if (value === undefined) throw wrong(`${option} is one of ${values.join(', ')}`);
  return value;
}

function wrong(reason: string): PhylloError {
  return new PhylloError('invalid-argument', `run image: ${reason}`, {
    hint: 'options as of `phyllo run`, then the command: -it --rm -e NAME=VALUE -p 8080:80 sh',
  });
}
