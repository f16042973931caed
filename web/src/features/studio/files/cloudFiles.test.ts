import { expect, test } from 'vitest';
import { foldersIn, pathOf, previewOf } from './cloudFiles';

test('folders contain those whose files are deeper down', () => {
  const all = ['Mixes', 'Mixes/2026/Live', 'Stems/Drums', 'Mixes 2'];
  expect(foldersIn('', all)).toEqual(['Mixes', 'Mixes 2', 'Stems']);
  expect(foldersIn('Mixes', all)).toEqual(['Mixes/2026']);
  expect(pathOf('Mixes/2026')).toEqual([
    { name: 'Mixes', path: 'Mixes' },
    { name: '2026', path: 'Mixes/2026' },
  ]);
});

test('what could run scripts, or is too large, has no preview', () => {
  const kinds = ['image/png', 'audio/flac', 'text/plain; charset=utf-8', 'text/html', 'application/zip', 'video/mp4'].map((content_type) =>
    previewOf({ content_type, size_bytes: 5 }),
  );
  expect(kinds).toEqual(['image', 'audio', 'text', 'text', null, null]);
  expect(previewOf({ content_type: 'image/png', size_bytes: 1e9 })).toBe(null);
});
