// Searching paths: the query as a face states it, and the matcher. Pure.

export type SearchKind = 'substring' | 'glob' | 'regex' | 'fuzzy';

export interface SearchQuery {
  readonly kind: SearchKind;
  readonly text: string;
}
