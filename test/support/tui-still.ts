// The real app on virtual time: what is written, and when, is the same in every run.
import type { Services } from '../../src/app/services.ts';
import { type TuiSession, startTui } from '../../src/tui/run.tsx';
import type { TerminalOutput } from '../../src/tui/terminal/streams.ts';
import { VirtualClock } from './link.ts';
import { FakeInput } from './screen.ts';

interface FarTerminal extends TerminalOutput {
  onAnswer: (text: string) => void;
  settled?(): Promise<void>;
}

export class StillUi<Output extends FarTerminal> {
  readonly input = new FakeInput();
  readonly clock: VirtualClock;
  readonly output: Output;
  readonly session: TuiSession;

  constructor(services: Services, output: Output, clock = new VirtualClock()) {
    this.clock = clock;
    this.output = output;
    output.onAnswer = (text) => this.input.send(text);
    this.session = startTui({
      services,
      image: 'memory',
      env: { TERM: 'xterm-256color' },
      input: this.input,
      output,
      wallMs: () => Date.UTC(2026, 10, 25),
      clock,
    });
  }

  /** Lets `ms` pass, in steps of a frame's eighth, with time for promises between them. */
  async pass(ms: number, stepMs = 2): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
      this.clock.advance(stepMs);
    }
  }

  async send(bytes: string, ms = 60): Promise<void> {
    this.input.send(bytes);
    await this.pass(ms, 10);
    await this.output.settled?.();
  }

  async close(): Promise<void> {
    this.session.quit();
    await this.pass(600, 100);
    await this.session.done;
  }
}
