// What nobody has to wait for before the build ends: a container is put away while the next step is at work.

export class Afterwork {
  private readonly works: Promise<void>[] = [];

  add(work: Promise<void>): void {
    work.catch(() => undefined);
    this.works.push(work);
  }

  /** Throws what went wrong, after all of it has ended. */
  async done(): Promise<void> {
    const works = this.works.splice(0);
    await Promise.allSettled(works);
    await Promise.all(works);
  }
}
