// Places where builds leave things that nobody needs at run time. `*` stands for one name.

export type PlaceKind = 'package-cache' | 'version-control' | 'build-tools' | 'ignore-file' | 'logs';

export interface Place {
  readonly kind: PlaceKind;
  /** What lies there. */
  readonly what: string;
  /** For a RUN that leaves it: the words that end `Add … to the instruction`, or a sentence of its own. */
  readonly remedy: string;
  /** Counts only where the instruction says so: a base image may have compilers for good reason. */
  readonly onlyAfter?: (instruction: string) => boolean;
  readonly onlyFrom?: 'copy' | 'run';
}

function cache(what: string, command: string, target: string): Place {
  return {
    kind: 'package-cache',
    what,
    remedy: `Add \`&& ${command}\` to it, or keep the cache out of the image with RUN --mount=type=cache,target=${target}.`,
  };
}

const APT_LISTS = cache('package lists of apt', 'rm -rf /var/lib/apt/lists/*', '/var/lib/apt/lists');
const APT_CACHE = cache('packages that apt downloaded', 'apt-get clean', '/var/cache/apt');
const APK = cache('the cache of apk (use apk add --no-cache)', 'rm -rf /var/cache/apk/*', '/var/cache/apk');
const YUM = cache('the cache of yum', 'yum clean all', '/var/cache/yum');
const DNF = cache('the cache of dnf', 'dnf clean all', '/var/cache/dnf');
const PACMAN = cache('packages that pacman downloaded', 'pacman -Scc --noconfirm', '/var/cache/pacman');
const ZYPPER = cache('the cache of zypper', 'zypper clean --all', '/var/cache/zypp');
const NPM = cache('the cache of npm', 'npm cache clean --force', '/root/.npm');
const PIP = cache(
  'the cache of pip (use pip install --no-cache-dir)',
  'rm -rf ~/.cache/pip',
  '/root/.cache/pip',
);
const YARN = cache('the cache of yarn', 'yarn cache clean', '/usr/local/share/.cache/yarn');
const PNPM = cache('the store of pnpm', 'pnpm store prune', '/root/.local/share/pnpm/store');
const GO_BUILD = cache('the build cache of Go', 'go clean -cache', '/root/.cache/go-build');
const COMPOSER = cache('the cache of composer', 'composer clear-cache', '/root/.composer/cache');
const GRADLE = cache('the caches of gradle', 'rm -rf ~/.gradle/caches', '/root/.gradle');
const MAVEN = cache('the repository of maven', 'rm -rf ~/.m2/repository', '/root/.m2');
const CARGO = cache('the registry of cargo', 'rm -rf $CARGO_HOME/registry', '/usr/local/cargo/registry');

const INSTALLERS = new Set(['apt', 'apt-get', 'apk', 'yum', 'dnf', 'microdnf', 'zypper', 'pacman']);
const TOOL_PACKAGES = new Set([
  'build-essential',
  'build-base',
  'gcc',
  'g++',
  'gcc-c++',
  'clang',
  'make',
  'cmake',
  'autoconf',
  'automake',
  'base-devel',
]);

/** Word by word: instructions are foreign text of any length. */
function installsTools(instruction: string): boolean {
  const words = instruction.split(/[\s;&|'"()]+/);
  return (
    words.some((word) => INSTALLERS.has(word)) &&
    words.some((word) => TOOL_PACKAGES.has(word) || word.endsWith('-dev') || word.endsWith('-devel'))
  );
}

const TOOLS: Place = {
  kind: 'build-tools',
  what: 'compilers and headers',
  remedy:
    'Build in a stage of its own and COPY --from it only what runs, or remove the tools in the same instruction.',
  onlyAfter: installsTools,
  onlyFrom: 'run',
};
const LOGS: Place = {
  kind: 'logs',
  what: 'logs of the build',
  remedy: 'Delete them at its end, in the same instruction.',
  onlyFrom: 'run',
};
const TEMPORARY: Place = { ...LOGS, what: 'temporary files' };

/** From the root. */
export const PLACES: readonly (readonly [path: string, place: Place])[] = [
  ['var/lib/apt/lists', APT_LISTS],
  ['var/cache/apt', APT_CACHE],
  ['var/cache/apk', APK],
  ['etc/apk/cache', APK],
  ['lib/apk/cache', APK],
  ['var/cache/yum', YUM],
  ['var/cache/dnf', DNF],
  ['var/cache/libdnf5', DNF],
  ['var/cache/pacman/pkg', PACMAN],
  ['var/cache/zypp', ZYPPER],
  ['usr/local/share/.cache/yarn', YARN],
  ['usr/local/cargo/registry', CARGO],
  ...inHomes('.npm/_cacache', NPM),
  ...inHomes('.npm/_logs', NPM),
  ...inHomes('.cache/pip', PIP),
  ...inHomes('.cache/yarn', YARN),
  ...inHomes('.local/share/pnpm/store', PNPM),
  ...inHomes('.cache/go-build', GO_BUILD),
  ...inHomes('.composer/cache', COMPOSER),
  ...inHomes('.cache/composer', COMPOSER),
  ...inHomes('.gradle/caches', GRADLE),
  ...inHomes('.m2/repository', MAVEN),
  ...inHomes('.cargo/registry', CARGO),
  ['usr/lib/gcc', TOOLS],
  ['usr/libexec/gcc', TOOLS],
  ['usr/include', TOOLS],
  ['var/log', LOGS],
  ['tmp', TEMPORARY],
  ['var/tmp', TEMPORARY],
];

function inHomes(path: string, place: Place): [path: string, place: Place][] {
  return [
    [`root/${path}`, place],
    [`home/*/${path}`, place],
  ];
}

function history(what: string): Place {
  return {
    kind: 'version-control',
    what,
    remedy: 'Delete it at its end, in the same instruction, or fetch an archive instead of a clone.',
  };
}

function ignored(what: string): Place {
  return { kind: 'ignore-file', what, remedy: '', onlyFrom: 'copy' };
}

const EDITOR = ignored('settings of an editor');
const TEST_CACHE = ignored('what tests and linters leave');
const COMPILED = ignored('what Python compiles anew');

/** Anywhere. */
export const NAMES: ReadonlyMap<string, Place> = new Map([
  ['.git', history('the history of git')],
  ['.hg', history('the history of mercurial')],
  ['.svn', history('the history of subversion')],
  ['.bzr', history('the history of bazaar')],
  ['.vscode', EDITOR],
  ['.idea', EDITOR],
  ['.vs', EDITOR],
  ['.DS_Store', ignored('what a desktop leaves')],
  ['Thumbs.db', ignored('what a desktop leaves')],
  ['.pytest_cache', TEST_CACHE],
  ['.mypy_cache', TEST_CACHE],
  ['.ruff_cache', TEST_CACHE],
  ['.tox', TEST_CACHE],
  ['.nox', TEST_CACHE],
  ['.nyc_output', TEST_CACHE],
  ['.eslintcache', TEST_CACHE],
  ['.terraform', ignored('what terraform downloads')],
  ['__pycache__', COMPILED],
]);

/** Files that end so, anywhere. */
export const LOG_SUFFIX = '.log';
export const COPIED_LOG: Place = ignored('logs');
