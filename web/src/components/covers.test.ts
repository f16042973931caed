import { expect, test } from 'vitest';

import { sized, sources } from './covers';

test('the size is added to an address with or without a signature', () => {
  expect(sized('/tracks/1/cover', 64)).toBe('/tracks/1/cover?size=64');
  expect(sized('/tracks/1/cover?signature=a', 64)).toBe('/tracks/1/cover?signature=a&size=64');
});

test('dense screens get a larger picture', () => {
  expect(sources('/c', 'row', 1.25)).toEqual({ src: '/c?size=64&format=avif' });
  expect(sources('/c', 'row', 1.5)).toEqual({ src: '/c?size=128&format=avif' });
  expect(sources('/c', 'page', 1)).toEqual({
    sizes: '290px',
    src: '/c?size=512&format=avif',
    srcset: '/c?size=512&format=avif 512w, /c?size=768&format=avif 768w',
  });
});
