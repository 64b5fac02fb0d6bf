// Names of unpacked layers. What a layer's tree is follows from its tar, the form and the plan, so these make its name.
import { createHash } from 'node:crypto';
import { chainIDs } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import { type UnpackPlan, isEmptyPlan } from './unpack-plan.ts';
import type { UnpackForm } from './unpack.ts';

/** 26 digits of base32, 130 bits: short, for a mount names every layer, and safe as a name of a file. */
export type LayerKey = string;

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const KEY_DIGITS = 26;
const BITS = 5n;

export function isLayerKey(text: unknown): text is LayerKey {
  return typeof text === 'string' && /^[a-z2-7]{26}$/.test(text);
}

/** `below` are the layers below. Only links into them make a tree depend on their contents. */
export function layerKey(
  form: UnpackForm,
  diffID: Digest,
  plan: UnpackPlan,
  below: readonly Digest[],
): LayerKey {
  if (isEmptyPlan(plan)) return keyOf([form, diffID]);
  const chain = plan.links.length > 0 ? chainIDs(below).at(-1) : undefined;
  return keyOf([form, diffID, plan, chain]);
}

/** Names the list of an image's layers. */
export function chainKey(form: UnpackForm, diffIDs: readonly Digest[]): LayerKey {
  return keyOf([form, 'chain', chainIDs(diffIDs).at(-1)]);
}

function keyOf(parts: readonly unknown[]): LayerKey {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest();
  let bits = BigInt(`0x${hash.toString('hex')}`);
  let key = '';
  for (; key.length < KEY_DIGITS; bits >>= BITS) key += ALPHABET[Number(bits & 31n)];
  return key;
}
