import { expect, test } from 'vitest';
import { pathToOpen } from './path';

test('a click opens addresses of our own only', () => {
  expect(pathToOpen({ type: 'open', path: '/tracks/1' })).toBe('/tracks/1');
  for (const data of [
    null,
    'open',
    {},
    { type: 'open' },
    { type: 'other', path: '/' },
    { type: 'open', path: '//evil.example' },
    { type: 'open', path: 'https://evil.example' },
    { type: 'open', path: 1 },
  ]) {
    expect(pathToOpen(data)).toBeNull();
  }
});
