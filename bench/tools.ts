// The programs that are measured against. One that is not installed is named, and its rows are left out.
import { spawnSync } from 'node:child_process';

const VERSION_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  buildah: ['--version'],
  cat: ['--version'],
  cp: ['--version'],
  crun: ['--version'],
  docker: ['--version'],
  'docker-registry': ['--version'],
  dockerd: ['--version'],
  gzip: ['--version'],
  openssl: ['version'],
  sha256sum: ['--version'],
  skopeo: ['--version'],
  tar: ['--version'],
  taskset: ['--version'],
  unshare: ['--version'],
  zstd: ['--version'],
};

export class Tools {
  /** Name to what it says of itself; undefined when it is not there. */
  private readonly found: ReadonlyMap<string, string | undefined>;

  constructor() {
    this.found = new Map(
      Object.entries(VERSION_ARGUMENTS).map(([name, args]) => [name, versionOf(name, args)]),
    );
  }

  has(...names: readonly string[]): boolean {
    return names.every((name) => this.found.get(name) !== undefined);
  }

  /** As a label: which of the many programs of that name it was. */
  describe(name: string): string {
    return this.found.get(name) ?? name;
  }

  get missing(): string[] {
    return [...this.found].filter(([, version]) => version === undefined).map(([name]) => name);
  }
}

/** Two words of the first line, `GNU coreutils 9.1` say; the name alone where it knows no such option. */
function versionOf(name: string, args: readonly string[]): string | undefined {
  const { error, stdout } = spawnSync(name, args, { encoding: 'utf8', timeout: 10_000 });
  if (error) return undefined;
  const line = stdout.split('\n')[0] ?? '';
  const suite = /\((GNU \w+)\)/.exec(line)?.[1];
  const version = /v?(\d+\.[\d.]+\w*)/.exec(line)?.[1] ?? '';
  return `${suite ?? name} ${version}`.trim();
}
