// An entry of `phyllo tree` as a line to read and as a JSON object.
import { safeBytes } from '../lib/text.ts';
import { formatSize } from '../lib/units.ts';
import type { Colours } from './colour.ts';
import { bytesField } from './json.ts';
import { rfc3339 } from './times.ts';
import type { Entry, EntryType } from './tree-entries.ts';

const TYPE_LETTERS: Readonly<Record<EntryType, string>> = {
  file: '-',
  hardlink: '-',
  dir: 'd',
  symlink: 'l',
  char: 'c',
  block: 'b',
  fifo: 'p',
};
const STATUS_LETTERS = { added: 'A', modified: 'M', removed: 'D', unchanged: ' ' } as const;

/** `-rw-r--r--     0:0      1.2kB M /etc/nginx.conf (mode, content)` */
export function entryLine(entry: Entry, colours: Colours): string {
  const { path, type, mode, uid, gid, sizeBytes, linkname, device, status, reasons } = entry;
  const size = device ? device.join(', ') : formatSize(sizeBytes, 3);
  const letter = STATUS_LETTERS[status];
  const paint = status === 'unchanged' ? (text: string) => text : colours[status];
  const name = `${safeBytes(path)}${type === 'dir' ? '/' : ''}`;
  const link = linkname === undefined ? '' : ` ${type === 'hardlink' ? '=>' : '->'} ${safeBytes(linkname)}`;
  const why = reasons.length === 0 ? '' : colours.dim(` (${reasons.join(', ')})`);
  const facts = `${TYPE_LETTERS[type]}${permissions(mode)} ${`${uid}:${gid}`.padStart(7)} ${size.padStart(8)}`;
  return `${facts} ${paint(`${letter} ${name}`)}${link}${why}`;
}

/** As ls writes them: `rwsr-xr-t`. */
function permissions(mode: number): string {
  const letters = Array.from('rwxrwxrwx', (letter, at) => ((mode >> (8 - at)) & 1 ? letter : '-'));
  const special = (at: number, bit: number, letter: string): void => {
    if (mode & bit) letters[at] = letters[at] === 'x' ? letter : letter.toUpperCase();
  };
  special(2, 0o4000, 's');
  special(5, 0o2000, 's');
  special(8, 0o1000, 't');
  return letters.join('');
}

export function entryDocument(entry: Entry): Record<string, unknown> {
  const { path, type, mode, uid, gid, sizeBytes, linkname, device, xattrs, status, layer, reasons } = entry;
  return {
    ...bytesField('path', path),
    type,
    mode: mode.toString(8).padStart(4, '0'),
    uid,
    gid,
    size: sizeBytes,
    mtime: rfc3339(entry.mtimeSeconds, entry.mtimeNanos),
    ...(linkname !== undefined && bytesField('linkname', linkname)),
    ...(device !== undefined && { device: { major: device[0], minor: device[1] } }),
    ...(xattrs.length > 0 && { xattrs: Object.fromEntries(xattrs) }),
    status,
    layer,
    ...(reasons.length > 0 && { reason: reasons }),
  };
}
