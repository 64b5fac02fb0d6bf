// How processes learn that containers changed: whoever changes a record writes the mark beside the records, so one watch of
// one small directory is enough, and a container that writes much to its log wakes nobody.
import { type FSWatcher, watch, writeFileSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const MARK = '.changed';
const DEBOUNCE_MS = 30;
/** Where the system has no watches left. */
const POLL_MS = 1000;

/** Only a sign for those who watch: that it cannot be given on a full disk stops nobody. */
export function markChange(directory: string): void {
  try {
    writeFileSync(join(directory, MARK), new Date().toISOString(), { mode: 0o600 });
  } catch {
    // Whoever watches learns of it with the next change.
  }
}

/** Calls back soon after each mark; several in a short time may be told once. Returns the unsubscriber. */
export function watchChanges(directory: string, onChange: () => void): () => void {
  const watching = new ChangeWatch(directory, onChange);
  void watching.begin();
  return () => watching.end();
}

class ChangeWatch {
  private readonly directory: string;
  private readonly onChange: () => void;
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;
  private poll: NodeJS.Timeout | undefined;
  private ended = false;

  constructor(directory: string, onChange: () => void) {
    this.directory = directory;
    this.onChange = onChange;
  }

  /** The directory comes with the first container: it is made, or there would be nothing to watch. */
  async begin(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 }).catch(() => undefined);
    if (this.ended) return;
    try {
      this.watcher = watch(this.directory, { persistent: false }, (_, name) => {
        if (name === MARK) this.told();
      });
      this.watcher.on('error', () => this.beginPoll());
    } catch {
      this.beginPoll();
    }
    // What changed before the watch was there.
    this.told();
  }

  end(): void {
    this.ended = true;
    this.watcher?.close();
    clearTimeout(this.timer);
    clearInterval(this.poll);
  }

  private told(): void {
    if (this.ended) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.onChange();
    }, DEBOUNCE_MS).unref();
  }

  private beginPoll(): void {
    if (this.ended || this.poll !== undefined) return;
    let last = 0;
    this.poll = setInterval(() => {
      void stat(join(this.directory, MARK))
        .then(({ mtimeMs }) => {
          if (mtimeMs !== last) this.told();
          last = mtimeMs;
        })
        .catch(() => undefined);
    }, POLL_MS).unref();
  }
}
