/** The check for browsers that can keep downloads, apart so that others load nothing else. */

import type { Playable } from '../player/queue';

export interface KeptItem {
  kind: 'release' | 'playlist' | 'track';
  id: string;
  title: string;
  tracks: Playable[];
}

/** Return whether this browser can keep files, and play them. */
export function isSupported(): boolean {
  return (
    'serviceWorker' in navigator &&
    'storage' in navigator &&
    typeof navigator.storage.getDirectory === 'function' &&
    'FileSystemFileHandle' in window &&
    'createWritable' in FileSystemFileHandle.prototype
  );
}
