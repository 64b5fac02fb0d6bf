// The Dockerfile of a build: its lines and where the cursor is among them. The cursor goes along with the build until
// somebody moves it, and again with the next thing that is run.
import type { BuildSession } from '../../../build/build.ts';
import type { Handlers } from '../../keymap/actions.ts';
import { LIST_START, type ListPlace, pageBy, placeAt } from '../../list-place.ts';
import { lineKinds } from '../../present/build-source.ts';
import type { Lines } from './build-steps.ts';

export class SourcePane {
  lines: readonly string[] = [];
  /** By line, from 0: see `LineKind`. */
  kinds: Uint8Array = new Uint8Array(0);
  place: ListPlace = LIST_START;
  height = 20;
  follows = true;
  private text: string | undefined;

  /** The text may be another one by now. */
  read({ source, file }: BuildSession['dockerfile']): void {
    if (source === this.text) return;
    this.text = source;
    const lines = source.split('\n');
    if (lines.at(-1) === '') lines.pop();
    this.lines = lines;
    this.kinds = lineKinds(lines, file);
    this.put(this.place.cursor);
  }

  /** Counts from 1. */
  get line(): number {
    return this.place.cursor + 1;
  }

  /** To an instruction, all of it on screen where it fits. */
  follow({ first, last }: Lines): void {
    if (!this.follows) return;
    this.put(Math.min(last - 1, first - 1 + this.height - 1));
    this.put(first - 1);
  }

  moveBy(lines: number): void {
    this.follows = false;
    this.put(this.place.cursor + lines);
  }

  moveTo(line: number): void {
    this.follows = false;
    this.put(line);
  }

  resize(height: number): void {
    if (height === this.height) return;
    this.height = height;
    this.put(this.place.cursor);
  }

  private put(line: number): void {
    this.place = placeAt(this.place, line, this.lines.length, this.height);
  }

  private page(lines: number): void {
    this.follows = false;
    this.place = pageBy(this.place, lines, this.lines.length, this.height);
  }

  moving(): Handlers {
    return {
      'cursor.up': () => this.moveBy(-1),
      'cursor.down': () => this.moveBy(1),
      'cursor.first': () => this.moveTo(0),
      'cursor.last': () => this.moveTo(this.lines.length - 1),
      'page.down': () => this.page(this.height - 1),
      'page.up': () => this.page(1 - this.height),
      'half.down': () => this.page(this.height >> 1),
      'half.up': () => this.page(-(this.height >> 1)),
    };
  }
}
