// Which pane of a build has the keys, and what the details are about: the step, or what is under the cursor among layers
// and files.
import type { StackFocus, StackScreen } from '../stack/stack-screen.ts';

export type BuildFocus = 'source' | 'output' | StackFocus;

export class PaneFocus {
  private readonly stack: StackScreen;
  /** A pane of the build's own; undefined while one of the stack's has the keys. */
  private own: 'source' | 'output' | 'details' | undefined = 'source';
  /** What it was before the details. */
  private about: 'source' | 'output' | 'stack' = 'source';

  constructor(stack: StackScreen) {
    this.stack = stack;
  }

  get pane(): BuildFocus {
    return this.own ?? this.stack.focus;
  }

  set pane(pane: BuildFocus) {
    if (pane === 'details') {
      this.own = this.about === 'stack' ? undefined : 'details';
      if (this.own === undefined) this.stack.focus = 'details';
    } else if (pane === 'source' || pane === 'output') {
      this.own = pane;
      this.about = pane;
    } else {
      this.toStack();
      this.stack.focus = pane;
    }
  }

  /** To whichever pane of the stack had them. */
  toStack(): void {
    this.own = undefined;
    this.about = 'stack';
  }

  get subject(): Exclude<BuildFocus, 'details'> {
    return this.about === 'stack' ? this.stack.subject : this.about;
  }

  get inStack(): boolean {
    return this.own === undefined;
  }
}
