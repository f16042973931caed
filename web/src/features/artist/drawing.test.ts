import { expect, test } from 'vitest';
import { drawRing, firstLetterOf, isPlain, paletteOf } from './drawing';

test('a ring has a line for each peak, longer for louder ones, beginning at the top', () => {
  const lines = drawRing([0, 1, 0.5, 2]).slice(1).split('M');
  expect(lines).toEqual(['200 72L200 64', '328 200L382 200', '200 328L200 359', '72 200L18 200']);
  expect(drawRing([])).toBe('');
});

test('the first letter is what people see as one', () => {
  expect(['Björk', ' 東京事変', 'é́a', '👩‍🎤 band', ''].map(firstLetterOf)).toEqual(['B', '東', 'é́', '👩‍🎤', '?']);
});

test('names in scripts that are not set closer are known', () => {
  expect(['潮騒', 'فيروز', '방탄', 'Mira Solène', 'Кино'].map(isPlain)).toEqual([true, true, true, false, false]);
});

test('a page without pictures has colours of its own, always the same', () => {
  expect(paletteOf('mira')).toEqual(paletteOf('mira'));
  expect(paletteOf('mira').dark[0]).not.toBe(paletteOf('jonas').dark[0]);
});
