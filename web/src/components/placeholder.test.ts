import { expect, test } from 'vitest';

import { drawPlaceholder } from './placeholder';

/** Return the sides of a bitmap, and what reads a pixel of it. */
function read(url: string | null): { width: number; height: number; at: (x: number, y: number) => number[] } {
  const bytes = Uint8Array.from(atob((url ?? '').split(',')[1] ?? ''), (each) => each.charCodeAt(0));
  const file = new DataView(bytes.buffer);
  const [width, height] = [file.getInt32(18, true), file.getInt32(22, true)];
  const row = (file.byteLength - 54) / height;
  expect(file.getUint32(2, true)).toBe(file.byteLength);
  const at = (x: number, y: number): number[] => {
    const pixel = file.getUint16(54 + (height - 1 - y) * row + 2 * x, true);
    return [pixel >> 10, (pixel >> 5) & 31, pixel & 31].map((each) => (each * 255) / 31);
  };
  return { width, height, at };
}

// What thumbhash 0.1.1 of npm draws at the corners and in the middle.
test.each([
  [
    'nlYKTxpwdHdQlohqekd5d3iHCAiacI8G',
    8,
    8,
    [
      [0, 0, 140],
      [244, 0, 164],
      [0, 242, 164],
      [255, 255, 118],
      [142, 63, 162],
    ],
  ],
  [
    'nlYKTJpwdHdQlohqepSAoAn4aA==',
    8,
    5,
    [
      [0, 0, 148],
      [255, 0, 174],
      [0, 224, 160],
      [255, 255, 115],
      [131, 74, 158],
    ],
  ],
  [
    'nlYKSxpwUKamlIeHgKAJ92c=',
    3,
    8,
    [
      [0, 0, 157],
      [250, 0, 160],
      [23, 255, 195],
      [255, 255, 100],
      [146, 59, 156],
    ],
  ],
])('%s is drawn as other programs draw it', (hash, width, height, expected) => {
  const drawn = read(drawPlaceholder(hash));
  expect([drawn.width, drawn.height]).toEqual([width, height]);
  const [right, bottom] = [width - 1, height - 1];
  const places = [
    [0, 0],
    [right, 0],
    [0, bottom],
    [right, bottom],
    [width >> 1, height >> 1],
  ];
  for (const [index, [x = 0, y = 0]] of places.entries()) {
    for (const [channel, level] of drawn.at(x, y).entries()) {
      expect(Math.abs(level - (expected[index]?.[channel] ?? 0)), `${String(x)} ${String(y)} ${String(channel)}`).toBeLessThan(48);
    }
  }
});

test('there is nothing to draw without one', () => {
  expect(drawPlaceholder(null)).toBeNull();
  expect(drawPlaceholder('AAAA')).toBeNull();
});
