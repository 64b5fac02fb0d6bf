// The engines of this machine: made when they are first needed, and the choice between them.
import { PhylloError } from '../lib/errors.ts';
import type { EngineName } from '../engine/container.ts';
import { type Engine, type EngineStatus, startsAhead } from '../engine/engine.ts';

/** How one engine comes to be; neither call may be slow where the engine is not there. */
export interface EngineMaker {
  readonly name: EngineName;
  status(): Promise<EngineStatus>;
  make(): Promise<Engine>;
}

const NAMES: readonly EngineName[] = ['linux', 'docker', 'virtual'];

export class EngineSet {
  private readonly makers: readonly EngineMaker[];
  private readonly wanted: string | undefined;
  private readonly made = new Map<EngineName, Promise<Engine>>();
  private readonly known = new Map<EngineName, Promise<EngineStatus>>();

  /** `makers` best first; `wanted` is the user's PHYLLO_ENGINE. */
  constructor(makers: readonly EngineMaker[], wanted: string | undefined) {
    this.makers = makers;
    this.wanted = wanted === 'auto' || wanted === '' ? undefined : wanted;
  }

  async statuses(): Promise<EngineStatus[]> {
    return Promise.all(this.makers.map(({ name }) => this.status(name)));
  }

  /** undefined when none works. Throws `invalid-argument` for a PHYLLO_ENGINE that is none. */
  async choose(): Promise<EngineName | undefined> {
    if (this.wanted !== undefined) return parseEngineName(this.wanted);
    for (const { name } of this.makers) if ((await this.status(name)).works) return name;
    return undefined;
  }

  /** To run something new. Throws `engine-unavailable` with what is missing. */
  async forNew(asked: EngineName | undefined): Promise<Engine> {
    const name = asked ?? (await this.choose());
    if (name === undefined) {
      throw new PhylloError('engine-unavailable', 'run container: no engine works on this machine', {
        hint: 'phyllo info tells what is missing.',
      });
    }
    const status = await this.status(name);
    if (!status.works) {
      throw new PhylloError('engine-unavailable', `use engine ${name}: ${status.summary}`, {
        hint: 'phyllo info tells what is missing; --engine virtual simulates on any machine.',
      });
    }
    return this.get(name);
  }

  /** A container will be started on the engine that is asked for, or on the best. That it cannot be is told later. */
  expectStart(what: 'container' | 'step', asked: EngineName | undefined): void {
    this.forNew(asked).then(
      (engine) => {
        if (startsAhead(engine)) engine.expectStart(what);
      },
      () => undefined,
    );
  }

  get(name: EngineName): Promise<Engine> {
    const known = this.made.get(name);
    if (known) return known;
    const made = this.maker(name).make();
    this.made.set(name, made);
    return made;
  }

  /** Those that may have containers: an engine that does not work has none that can be told of. */
  async withContainers(): Promise<Engine[]> {
    const statuses = await this.statuses();
    return Promise.all(statuses.filter(({ works }) => works).map(({ name }) => this.get(name)));
  }

  private status(name: EngineName): Promise<EngineStatus> {
    const known = this.known.get(name);
    if (known) return known;
    const status = this.maker(name).status();
    this.known.set(name, status);
    return status;
  }

  private maker(name: EngineName): EngineMaker {
    const found = this.makers.find((maker) => maker.name === name);
    if (found) return found;
    throw new PhylloError('engine-unavailable', `use engine ${name}: it is not part of this program`);
  }

  async close(): Promise<void> {
    const engines = await Promise.allSettled(this.made.values());
    const made = engines.filter((each) => each.status === 'fulfilled').map(({ value }) => value);
    await Promise.all(made.map((engine) => engine.close()));
  }
}

export function parseEngineName(text: string): EngineName {
  const found = NAMES.find((name) => name === text);
  if (found) return found;
  throw new PhylloError('invalid-argument', `use engine ${JSON.stringify(text)}: there is no such engine`, {
    hint: `One of auto, ${NAMES.join(', ')}.`,
  });
}
