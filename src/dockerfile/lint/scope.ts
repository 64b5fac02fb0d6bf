// The variables of a stage at one place in it.
import { PhylloError } from '../../lib/errors.ts';
import { type Expansion, expandHeredoc, expandWord, expandWords } from '../expand.ts';
import { nearest } from '../../lib/nearest.ts';
import type { Stages } from './stages.ts';

/** Searches for "did you mean", over all of a file, and names that one looks at. */
const MAX_SUGGESTIONS = 200;
const MAX_CANDIDATES = 500;

export interface Reading {
  /** Undefined: what is written cannot be expanded; that is an error elsewhere. */
  readonly text: string | undefined;
  /** Names without a value that we know. */
  readonly unknown: ReadonlySet<string>;
}

/** What all stages of a file have in common. */
export interface FileScope {
  readonly escape: '\\' | '`';
  /** What FROM can use: a stage has to repeat the ARG. */
  readonly globalNames: ReadonlySet<string>;
  readonly globalValues: ReadonlyMap<string, string>;
  suggestionsLeft: number;
}

export function fileScope(escape: '\\' | '`', { names, values }: Stages): FileScope {
  return { escape, globalNames: names, globalValues: values, suggestionsLeft: MAX_SUGGESTIONS };
}

/** The names of one stage, above those of the stage that it stands on. */
interface Layer {
  readonly values: Map<string, string>;
  readonly declared: Set<string>;
  readonly below: Layer | undefined;
}

export class Scope {
  readonly file: FileScope;
  /** All variables of the base are known: it is scratch, a stage on it, or an image whose config was seen. */
  readonly isComplete: boolean;
  hasShell: boolean;
  hasWorkdir: boolean;
  private readonly top: Layer;

  /** `environment` is that of the base image, `NAME=value`; undefined where nobody knows it. */
  constructor(base: Scope | { readonly environment: readonly string[] | undefined }, file: FileScope) {
    const isStage = base instanceof Scope;
    this.file = file;
    this.isComplete = isStage ? base.isComplete : base.environment !== undefined;
    this.hasShell = isStage && base.hasShell;
    this.hasWorkdir = isStage && base.hasWorkdir;
    this.top = { values: new Map(), declared: new Set(), below: isStage ? base.top : undefined };
    if (isStage) return;
    this.set('PATH', '/usr/bin');
    for (const entry of base.environment ?? []) {
      const equals = entry.indexOf('=');
      if (equals > 0) this.set(entry.slice(0, equals), entry.slice(equals + 1));
    }
  }

  set(name: string, value: string): void {
    this.top.values.set(name, value);
  }

  /** By ARG, with or without a value. */
  declare(name: string): void {
    this.top.declared.add(name);
  }

  isDeclared(name: string): boolean {
    for (let layer: Layer | undefined = this.top; layer !== undefined; layer = layer.below) {
      if (layer.declared.has(name)) return true;
    }
    return false;
  }

  word(word: string): Reading {
    return this.read((variables) => expandWord(word, variables, { escape: this.file.escape }));
  }

  heredoc(body: string): Reading {
    return this.read((variables) => expandHeredoc(body, variables));
  }

  /** Empty where a variable is unknown: then nobody can tell what the words are. */
  words(word: string): readonly string[] {
    let words: readonly string[] = [];
    const { unknown } = this.read((variables) => {
      const expansion = expandWords(word, variables, { escape: this.file.escape });
      words = expansion.words;
      return { ...expansion, text: '' };
    });
    return unknown.size === 0 ? words : [];
  }

  /** A name like `name` that has a value or is declared here. */
  suggestion(name: string): string | undefined {
    if (this.file.suggestionsLeft === 0) return undefined;
    this.file.suggestionsLeft--;
    return nearest(name, this.candidates());
  }

  private *candidates(): Generator<string> {
    let left = MAX_CANDIDATES;
    for (let layer: Layer | undefined = this.top; layer !== undefined; layer = layer.below) {
      for (const names of [layer.values.keys(), layer.declared]) {
        for (const name of names) if (left-- > 0) yield name;
      }
      if (left <= 0) return;
    }
  }

  private read(expand: (variables: (name: string) => string | undefined) => Expansion): Reading {
    const unknown = new Set<string>();
    const variables = (name: string) => {
      const value = this.lookup(name);
      if (value === undefined) unknown.add(name);
      return value;
    };
    try {
      return { text: expand(variables).text, unknown };
    } catch (error) {
      if (error instanceof PhylloError) return { text: undefined, unknown };
      throw error;
    }
  }

  private lookup(name: string): string | undefined {
    for (let layer: Layer | undefined = this.top; layer !== undefined; layer = layer.below) {
      const value = layer.values.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}
