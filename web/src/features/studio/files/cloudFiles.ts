/** How private files are shown. */

import type { Schemas } from '../../../api/client';

export type CloudFile = Schemas['CloudFile'];

export type Preview = 'image' | 'audio' | 'text';

// A preview is held in memory.
const MAX_HELD_BYTES = 100 * 2 ** 20;
/** So much of a text is shown. */
export const MAX_TEXT_BYTES = 100_000;

/** Return how a file can be previewed, or null if it can't. */
export function previewOf(file: Pick<CloudFile, 'content_type' | 'size_bytes'>): Preview | null {
  const type = file.content_type.split(';')[0] ?? '';
  if (/^text\/|^application\/(json|xml|x-yaml)$/.test(type)) return 'text';
  if (file.size_bytes > MAX_HELD_BYTES) return null;
  // A picture that is a document of its own stays one: only as an image its scripts don't run.
  if (/^image\/(jpeg|png|gif|webp|avif|svg\+xml)$/.test(type)) return 'image';
  return /^audio\/|^application\/ogg$/.test(type) ? 'audio' : null;
}

/** Return the folders on the way to a folder, the outermost first. */
export function pathOf(folder: string): { name: string; path: string }[] {
  const parts = folder.split('/').filter((each) => each !== '');
  return parts.map((name, index) => ({ name, path: parts.slice(0, index + 1).join('/') }));
}

/** Return the folders that are directly in a folder, of all that have files. */
export function foldersIn(folder: string, all: readonly string[]): string[] {
  const start = folder === '' ? '' : `${folder}/`;
  const names = all
    .filter((each) => each.startsWith(start) && each !== folder)
    .map((each) => start + (each.slice(start.length).split('/')[0] ?? ''));
  return [...new Set(names)].sort();
}
