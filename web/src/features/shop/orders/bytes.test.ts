import { expect, test } from 'vitest';
import { formatBytes } from './bytes';

test.each([
  [0, '0 byte'],
  [999, '999 byte'],
  [1000, '1 kB'],
  [1_540_000, '1.5 MB'],
  [51_234_567, '51 MB'],
  [7_600_000_000, '7.6 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes, 'en')).toBe(text);
});
