/** The index of downloads: items, files and sizes. Pure: an index is never changed, only replaced. */

import type { Index } from './store';
import type { KeptItem } from './supported';

/** Return the index with something that is to be kept, or with its present tracks. */
export function withItem(index: Index, item: KeptItem): Index {
  const others = index.items.filter((each) => each.id !== item.id);
  const isNew = others.length === index.items.length;
  return { ...index, items: isNew ? [item, ...others] : index.items.map((each) => (each.id === item.id ? item : each)) };
}

/** Return the index without something, and the tracks whose files nothing needs any more. */
export function withoutItem(index: Index, id: string): { index: Index; gone: string[] } {
  return tidy({ ...index, items: index.items.filter((each) => each.id !== id) });
}

/** Return the index without files that nothing needs, and the tracks of those. */
export function tidy(index: Index): { index: Index; gone: string[] } {
  const needed = new Set(index.items.flatMap((each) => each.tracks.map(({ id }) => id)));
  const gone = Object.keys(index.files).filter((each) => !needed.has(each));
  const files = Object.fromEntries(Object.entries(index.files).filter(([id]) => needed.has(id)));
  return { index: { ...index, files }, gone };
}

/** Return the tracks that are still to be loaded, in the order in which they were chosen. */
export function findMissing(index: Index): KeptItem['tracks'] {
  const seen = new Set(Object.keys(index.files));
  return [...index.items].reverse().flatMap((item) =>
    item.tracks.filter(({ id }) => {
      const isMissing = !seen.has(id);
      seen.add(id);
      return isMissing;
    }),
  );
}

/** Return how many bytes the files take. */
export function sumBytes(index: Index): number {
  return Object.values(index.files).reduce((sum, { size }) => sum + size, 0);
}

/** Return how many tracks of something are there. */
export function countThere(index: Index, item: KeptItem): number {
  return item.tracks.filter(({ id }) => id in index.files).length;
}
