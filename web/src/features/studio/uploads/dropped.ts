/** Files and folders that were dropped or chosen: which are audio, and which picture is their cover. */

/** A file, and in which folder it was: '' for none. */
export interface Dropped {
  file: File;
  folder: string;
}

/** An audio file, with the picture of its folder. */
export interface Sound extends Dropped {
  cover: File | null;
}

export interface Sorted {
  sounds: Sound[];
  /** What can't be uploaded as a track. */
  others: File[];
}

/** So many files are taken at once. */
export const MAX_FILES = 500;
const PICTURES = /^image\/(jpeg|png|webp|gif)$/;
const COVER_NAMES = /^(cover|folder|front|album)/i;
// What systems leave in folders.
const LEFTOVERS = /^(\.|thumbs\.db$|desktop\.ini$)/i;
// What comes along with albums, and is no mistake.
const COMPANIONS = /\.(txt|pdf|cue|log|m3u8?|nfo|sfv|md5|ini|xml|html?)$/i;

/** Return the dropped files by name, audio apart from what is none. Pictures become covers, and count as none where there is no audio. */
export function sortFiles(dropped: readonly Dropped[], extensions: readonly string[], maxCoverBytes: number): Sorted {
  const known = dropped.filter(({ file }) => !LEFTOVERS.test(file.name));
  const isSound = ({ file }: Dropped): boolean => extensions.some((each) => file.name.toLowerCase().endsWith(each));
  const byName = new Intl.Collator('en', { numeric: true });
  const audio = known.filter(isSound).sort((a, b) => byName.compare(`${a.folder}/${a.file.name}`, `${b.folder}/${b.file.name}`));
  const pictures = known.filter((each) => PICTURES.test(each.file.type) && each.file.size <= maxCoverBytes);
  const hasFolders = audio.some((each) => each.folder !== '');
  const others = known.filter(
    (each) => !isSound(each) && !(audio.length > 0 && (pictures.includes(each) || (hasFolders && COMPANIONS.test(each.file.name)))),
  );
  return { sounds: audio.map((each) => ({ ...each, cover: coverOf(each.folder, pictures) })), others: others.map(({ file }) => file) };
}

function coverOf(folder: string, pictures: readonly Dropped[]): File | null {
  const near = pictures.filter((each) => each.folder === folder);
  return (near.find(({ file }) => COVER_NAMES.test(file.name)) ?? near[0])?.file ?? null;
}

/** Return the files of an input, which names folders in their paths. */
export function filesOfInput(input: HTMLInputElement): Dropped[] {
  const files = [...(input.files ?? [])];
  return files.map((file) => ({ file, folder: file.webkitRelativePath.split('/').slice(0, -1).join('/') }));
}

/** Return what was dropped, also what is in folders. Must be called while the event is handled. */
export async function filesOfDrop(transfer: DataTransfer): Promise<Dropped[]> {
  const entries = [...transfer.items].flatMap((each) => each.webkitGetAsEntry() ?? []);
  const found: Dropped[] = [];
  for (const entry of entries) await collect(entry, '', found);
  return found;
}

async function collect(entry: FileSystemEntry, folder: string, found: Dropped[]): Promise<void> {
  if (found.length >= MAX_FILES) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ file, folder });
  } else if (entry.isDirectory) {
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // A reader hands out a part at a time, and none at the end.
    for (;;) {
      const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (part.length === 0 || found.length >= MAX_FILES) return;
      for (const each of part) await collect(each, path, found);
    }
  }
}
