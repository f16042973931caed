import { expect, test } from 'vitest';
import { readChapters, writeChapters } from './chapters';

test('lines become chapters, and chapters lines', () => {
  const text = '0:00 Hello\n1:30 Tape loops\n1:02:03 The end';
  const chapters = readChapters(text);
  expect(chapters).toEqual([
    { start_seconds: 0, title: 'Hello' },
    { start_seconds: 90, title: 'Tape loops' },
    { start_seconds: 3723, title: 'The end' },
  ]);
  expect(typeof chapters === 'number' ? null : writeChapters(chapters)).toBe(text);
});

test('the first wrong line is named', () => {
  expect(readChapters('0:00 Hello\n\nTape')).toBe(3);
  expect(readChapters('0:00')).toBe(1);
  expect(readChapters('')).toEqual([]);
});

test('what lines do not show is kept', () => {
  const known = [{ start_seconds: 61.25, title: 'Tape', url: 'https://a.example' }];
  expect(readChapters('1:01 Tape', known)).toEqual(known);
  expect(readChapters('1:05 Tape', known)).toEqual([{ start_seconds: 65, title: 'Tape', url: 'https://a.example' }]);
});
