/** The parts of an item that can be reported, or taken down, alone. */

import type { Reported } from '../../shell/overlays.svelte';

export interface Part {
  type: Reported['type'];
  id: string;
  /** Of several pictures: which. */
  number: number | null;
}

const COVERED: ReadonlySet<string> = new Set(['track', 'release', 'playlist']);
const OF_PROFILE = ['profile', 'avatar', 'banner'] as const;

/** Return the item itself, and the parts of it. */
export function partsOf({ type, id, images = [] }: Reported): Part[] {
  const whole: Part = { type, id, number: null };
  if (type === 'user') return [whole, ...OF_PROFILE.map((each): Part => ({ type: each, id, number: null }))];
  if (COVERED.has(type)) return [whole, { type: 'image', id, number: null }];
  return [whole, ...images.map((image, index): Part => ({ type: 'image', id: image, number: images.length > 1 ? index + 1 : null }))];
}
