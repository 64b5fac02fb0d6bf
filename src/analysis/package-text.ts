// Package databases that are text: dpkg's status, apk's installed, and the metadata of npm and Python packages. Pure;
// linear in the bytes, whatever is in them.
import { isJsonObject } from '../oci/json.ts';
import { type Package, packageOf } from './package.ts';

const DPKG_FIELDS = new Set(['Package', 'Version', 'Status']);
const APK_FIELDS = new Set(['P', 'V']);
const PYTHON_FIELDS = new Set(['Name', 'Version']);

/** dpkg: `Name: value` fields, a blank line between packages. Those that were removed but for their settings are left out. */
export function* dpkgPackages(data: Uint8Array): Generator<Package> {
  for (const fields of stanzas(data, DPKG_FIELDS)) {
    const status = fields.get('Status');
    if (status !== undefined && status.split(/\s+/).at(-1) !== 'installed') continue;
    const found = packageOf('deb', fields.get('Package'), fields.get('Version'));
    if (found) yield found;
  }
}

/** apk: one letter a field. */
export function* apkPackages(data: Uint8Array): Generator<Package> {
  for (const fields of stanzas(data, APK_FIELDS)) {
    const found = packageOf('apk', fields.get('P'), fields.get('V'));
    if (found) yield found;
  }
}

/** The head of a METADATA or PKG-INFO file. */
export function pythonPackage(data: Uint8Array): Package | undefined {
  for (const fields of stanzas(data, PYTHON_FIELDS)) {
    return packageOf('python', fields.get('Name'), fields.get('Version'));
  }
  return undefined;
}

export function npmPackage(data: Uint8Array): Package | undefined {
  try {
    const document: unknown = JSON.parse(decode(data));
    if (!isJsonObject(document)) return undefined;
    const { name, version } = document;
    if (typeof name !== 'string' || typeof version !== 'string') return undefined;
    return packageOf('npm', name, version);
  } catch {
    return undefined;
  }
}

/** The wanted fields of each block of lines. A field that comes twice has its first value. */
function* stanzas(data: Uint8Array, wanted: ReadonlySet<string>): Generator<ReadonlyMap<string, string>> {
  let fields = new Map<string, string>();
  for (const line of lines(decode(data))) {
    if (line.trim() === '') {
      if (fields.size > 0) yield fields;
      fields = new Map();
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    if (wanted.has(name) && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  if (fields.size > 0) yield fields;
}

/** A line longer than this holds no field of interest. */
const MAX_LINE = 2000;

function* lines(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    yield text.slice(start, Math.min(end, start + MAX_LINE));
    start = end + 1;
  }
}

function decode(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}
