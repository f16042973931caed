import { expect, test } from 'vitest';
import { type Dropped, sortFiles } from './dropped';

const EXTENSIONS = ['.flac', '.wav'];

function drop(path: string, type = '', bytes = 10): Dropped {
  const parts = path.split('/');
  return { file: new File(['x'.repeat(bytes)], parts.at(-1) ?? '', { type }), folder: parts.slice(0, -1).join('/') };
}

test('audio is in the order of its names, each with the cover of its folder', () => {
  const dropped = [
    drop('B/10 Last.WAV'),
    drop('B/2 First.flac'),
    drop('A/1.wav'),
    drop('B/back.png', 'image/png'),
    drop('B/Cover.jpg', 'image/jpeg'),
  ];
  const { sounds, others } = sortFiles(dropped, EXTENSIONS, 100);
  expect(sounds.map((each) => each.file.name)).toEqual(['1.wav', '2 First.flac', '10 Last.WAV']);
  expect(sounds.map((each) => each.cover?.name)).toEqual([undefined, 'Cover.jpg', 'Cover.jpg']);
  expect(others).toEqual([]);
});

test('what comes along in folders is left out without a word, anything else is named', () => {
  const dropped = [
    drop('A/1.wav'),
    drop('A/.DS_Store'),
    drop('A/Thumbs.db'),
    drop('A/rip.log'),
    drop('A/song.mid'),
    drop('A/huge.png', 'image/png', 200),
  ];
  expect(sortFiles(dropped, EXTENSIONS, 100).others.map((each) => each.name)).toEqual(['song.mid', 'huge.png']);
  expect(sortFiles([drop('letter.pdf')], EXTENSIONS, 100).others.map((each) => each.name)).toEqual(['letter.pdf']);
  // A picture alone is no cover of anything.
  expect(sortFiles([drop('cover.png', 'image/png')], EXTENSIONS, 100).others).toHaveLength(1);
});
