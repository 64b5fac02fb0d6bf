// What a stack is opened from.
import type { ExploredImage } from '../../../app/services.ts';
import { safeText } from '../../../lib/text.ts';
import { isDigest, shortDigest } from '../../../oci/digest.ts';
import type { Host } from '../../screen.ts';

export interface StackSource {
  /** Safe to show. */
  readonly title: string;
  /** The IMAGE argument it goes by; a container has none. */
  readonly argument?: string;
  /** Absent where a screen around it hands over one image after the other. */
  readonly open?: () => Promise<ExploredImage>;
  /** A container's. */
  readonly live?: true;
  /** What it is among; images by default. */
  readonly crumb?: string;
  /** Changes are those since this layer, not those of one layer alone. */
  readonly since?: number;
}

/** `argument` is an IMAGE argument. */
export function imageSource({ services }: Host, argument: string): StackSource {
  return { argument, title: titleOf(argument), open: () => services.explore.open(argument) };
}

/** What goes by an ID alone is called as the lists call it. */
function titleOf(argument: string): string {
  return isDigest(argument) ? shortDigest(argument) : safeText(argument);
}
