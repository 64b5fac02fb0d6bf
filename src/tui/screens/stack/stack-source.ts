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
  /** The image belongs to the screen below, which closes it. */
  readonly isLent?: true;
  /** Where it starts: at a layer, and there on a path node; 0 is none. */
  readonly start?: { readonly layer: number; readonly node: number };
}

/** The same image for a screen that is laid over the one that has it. */
export function lent(
  { title, argument, crumb }: Pick<StackSource, 'title' | 'argument' | 'crumb'>,
  image: ExploredImage,
): StackSource {
  return {
    title,
    ...(argument !== undefined && { argument }),
    ...(crumb !== undefined && { crumb }),
    open: async () => image,
    isLent: true,
  };
}

/** `argument` is an IMAGE argument. */
export function imageSource({ services }: Host, argument: string): StackSource {
  return { argument, title: titleOf(argument), open: () => services.explore.open(argument) };
}

/** What goes by an ID alone is called as the lists call it. */
function titleOf(argument: string): string {
  return isDigest(argument) ? shortDigest(argument) : safeText(argument);
}
