/** Where tracks are kept for times without a network: a folder of this site, which the service worker reads, too. */

import type { KeptItem } from './supported';
import { FOLDER } from '../../api/downloads';

/** All chosen items, and the files that were downloaded. */
export interface Index {
  accountId: string;
  limit: number;
  items: KeptItem[];
  files: Record<string, { size: number; type: string; hasCover: boolean }>;
}

const INDEX = 'index.json';

/** Return what is kept; null if nothing is. */
export async function readIndex(): Promise<Index | null> {
  try {
    const file = await (await (await openFolder()).getFileHandle(INDEX)).getFile();
    return JSON.parse(await file.text()) as Index;
  } catch {
    // There is none yet.
    return null;
  }
}

/** Write what is kept. A write that is cut off leaves the one before. */
export async function writeIndex(index: Index): Promise<void> {
  await write(INDEX, new Blob([JSON.stringify(index)]).stream());
}

/** Write a file as it arrives, and tell how many bytes there are. Nothing is left of one that does not arrive whole. */
export async function write(
  name: string,
  content: ReadableStream<Uint8Array>,
  arrived: (bytes: number) => void = () => undefined,
): Promise<number> {
  const folder = await openFolder();
  const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
  let bytes = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      arrived(bytes);
      controller.enqueue(chunk);
    },
  });
  try {
    await content.pipeThrough(counting).pipeTo(writable);
  } catch (error) {
    await remove(name);
    throw error;
  }
  return bytes;
}

/** Delete a file, if it is there. */
export async function remove(name: string): Promise<void> {
  await (await openFolder()).removeEntry(name).catch(() => undefined);
}

async function openFolder(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
}
