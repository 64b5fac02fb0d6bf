// The screens that lie over each other: the uppermost is the one that is seen. Told when it is covered and uncovered.
import type { Screen } from './screen.ts';

export class ScreenPile {
  private readonly screens: [Screen, ...Screen[]];

  constructor(first: Screen) {
    this.screens = [first];
  }

  get top(): Screen {
    return this.screens.at(-1)!;
  }

  open(screen: Screen): void {
    this.top.covered?.();
    this.screens.push(screen);
  }

  /** The first one stays. */
  back(): void {
    if (this.screens.length > 1) this.backTo(this.screens.length - 2);
  }

  backToFirst(): void {
    this.backTo(0);
  }

  /** False when there is none; nothing is closed then. */
  backToThe(isWanted: (screen: Screen) => boolean): boolean {
    const at = this.screens.findIndex(isWanted);
    if (at >= 0) this.backTo(at);
    return at >= 0;
  }

  private backTo(at: number): void {
    while (this.screens.length > at + 1) void this.screens.pop()!.close();
    this.top.resumed?.();
  }

  /** Frees what they hold, the uppermost first. Nothing may be opened after that. */
  async close(): Promise<void> {
    const screens = this.screens.toReversed();
    await Promise.allSettled(screens.map(async (screen) => screen.close()));
  }
}
