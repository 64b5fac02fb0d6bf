// docker's lists: a table, one JSON object a line, or a template over the same fields.
import type { Output } from './output.ts';
import { parseTemplate } from './go-template.ts';
import { safeJson } from './json.ts';
import { safeText } from '../lib/text.ts';
import { tableLines } from './table.ts';

/** Field name to text; the same fields for every row. */
export type ListRow = Readonly<Record<string, string>>;

export interface Listing {
  /** Title of the column and the field that it shows, left to right. */
  readonly columns: readonly (readonly [title: string, field: string])[];
  /** Titles of fields that are in no column, for `table` templates. */
  readonly titles?: Readonly<Record<string, string>>;
  readonly rows: readonly ListRow[];
  /** All fields, so that a template is checked even when there are no rows. */
  readonly fields: readonly string[];
  /** What `-q` prints of each row. */
  readonly quiet?: string;
}

export async function printListing(out: Output, listing: Listing, format: string | undefined): Promise<void> {
  const { rows, fields, columns, quiet } = listing;
  if (quiet !== undefined) return out.lines(rows.map((row) => safeText(row[quiet]!)));
  if (format === undefined || format === 'table') {
    const cells = rows.map((row) => columns.map(([, field]) => safeText(row[field]!)));
    return out.lines(
      tableLines(
        columns.map(([title]) => ({ title })),
        cells,
      ),
    );
  }
  if (format === 'json') return out.lines(rows.map((row) => safeJson(row)));
  if (/^table\s/.test(format)) return out.lines(tableByTemplate(format.replace(/^table\s+/, ''), listing));
  const template = parseTemplate(format);
  if (rows.length === 0) template(Object.fromEntries(fields.map((field) => [field, ''])));
  return out.lines(rows.map(template));
}

function tableByTemplate(text: string, { rows, columns, titles }: Listing): Iterable<string> {
  const template = parseTemplate(text);
  const headings = { ...titles, ...Object.fromEntries(columns.map(([title, field]) => [field, title])) };
  const [head, ...body] = [headings, ...rows].map((row) => template(row).split('\t'));
  const width = Math.max(head!.length, ...body.map((cells) => cells.length));
  const pad = (cells: string[]): string[] => Array.from({ length: width }, (_, at) => cells[at] ?? '');
  return tableLines(
    pad(head!).map((title) => ({ title })),
    body.map(pad),
  );
}
