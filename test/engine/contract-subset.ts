// Which cases of the engine contract are run where the whole would say little more for much time.
// The cases are written elsewhere, this only hands them on:
// oxlint-disable vitest/no-conditional-tests, vitest/valid-title, vitest/expect-expect, vitest/valid-describe-callback
import { describe as addGroup, test as addCase } from 'vitest';

/** Names of groups, or `group > case`. Each has to be there, so that no case is lost by a change of its name. */
export type Subset = readonly string[];

/** Says what a program that runs containers does by itself; files and R/W layers are the agent's work, whoever runs them. */
export const RUNTIME_CASES: Subset = [
  'the life of a container > it is created, runs and has exited, and the list tells so at each step',
  'the life of a container > one that has exited starts again with the files that it had',
  'the life of a container > one that is killed the moment that it has started was killed, and did not fail',
  'the life of a container > stop lets it end by itself',
  'the life of a container > stop kills one that does not listen, after the timeout',
  'the end of a container > one that runs is removed only by force',
  'the end of a container > with --rm it is removed at its end, and its exit code is known to who waited',
  'how a process ends',
  'what a process starts with',
  'one more process in a container',
  'logs > keep stdout and stderr apart, each in its order, with times',
  'input',
  'attaching > tells the exit code at the end',
  'a terminal',
  'the R/W layer > has what was added, copied up and removed',
  'the R/W layer > leaves out what the engine itself puts into a container',
  'the R/W layer > can be followed while the container runs',
  'files of a container > what is put in is seen by its processes',
  'files of a container > owners of what is put in are root, or kept when asked for',
];

/** For an engine that speaks the same language as one that has the whole contract. */
export const SMOKE_CASES: Subset = [
  'the life of a container > it is created, runs and has exited, and the list tells so at each step',
  'the life of a container > stop lets it end by itself',
  'the end of a container > one that runs is removed only by force',
  'the end of a container > with --rm it is removed at its end, and its exit code is known to who waited',
  'how a process ends > a program that is not there keeps it from starting, with 127',
  'what a process starts with > the variables of image and user',
  'one more process in a container > shares files and variables, and has an end of its own',
  'logs > keep stdout and stderr apart, each in its order, with times',
  'logs > can be followed until the container ends',
  'attaching > tells the exit code at the end',
  'the R/W layer > has what was added, copied up and removed',
  'the R/W layer as a tar > has the changes alone, with whiteouts as OCI writes them',
  'files of a container: one that runs > what is put in is there, in the R/W layer',
];

/** For a user namespace: users, owners, marks of the overlay and what may be mounted are other than root's. */
export const ROOTLESS_CASES: Subset = [
  'the life of a container > it is created, runs and has exited, and the list tells so at each step',
  'the life of a container > one that has exited starts again with the files that it had',
  'the life of a container > one that is killed the moment that it has started was killed, and did not fail',
  'the end of a container > one that runs is removed only by force',
  'how a process ends > a program that is not there keeps it from starting, with 127',
  'what a process starts with > a user with its groups and home',
  'what a process starts with > a root that cannot be written',
  'one more process in a container > shares files and variables, and has an end of its own',
  'a terminal > has a size, and everything is written to it',
  'the R/W layer > has what was added, copied up and removed',
  'the R/W layer > has an opaque directory where one was removed and made again',
  'the R/W layer > leaves out what the engine itself puts into a container',
  'the R/W layer as a tar > has the changes alone, with whiteouts as OCI writes them',
  "the R/W layer as a tar > the whole file system has the image's files as well",
  'files of a container: one that has exited > what is put in is there, in the R/W layer',
  'files of a container > owners of what is put in are root, or kept when asked for',
];

/** Groups and cases, of which only those that are asked for are there at all: nothing is skipped. */
export class Cases {
  private readonly subset: Subset | undefined;
  private readonly met = new Set<string>();
  private current = '';

  constructor(subset: Subset | undefined) {
    this.subset = subset;
  }

  readonly group = (name: string, define: () => void): void => {
    const isWanted = this.subset?.some((each) => each === name || each.startsWith(`${name} > `)) ?? true;
    if (!isWanted) return;
    // Groups are filled one after the other, later than they are named.
    addGroup(name, () => {
      this.current = name;
      define();
    });
  };

  readonly test = (name: string, run: () => Promise<void> | void): void => {
    const names = [this.current, `${this.current} > ${name}`];
    const found = names.filter((each) => this.subset?.includes(each));
    for (const each of found) this.met.add(each);
    if (this.subset === undefined || found.length > 0) addCase(name, run);
  };

  /** When all are there: throws when the subset names a case that there is none of. */
  end(): void {
    const missing = this.subset?.filter((each) => !this.met.has(each)) ?? [];
    if (missing.length > 0) throw new Error(`no such cases of the contract: ${missing.join('; ')}`);
  }
}
