import { describe, expect, test } from 'vitest';
import { type Crop, MAX_ZOOM, WHOLE, bounded, moved, placeOf, pressed, rectangleOf, sentSize, zoomed } from './crop';

const WIDE = { width: 1200, height: 800 };
const TALL = { width: 400, height: 1000 };

function inside(picture: { width: number; height: number }, aspect: number, crop: Crop): boolean {
  const { left, top, width, height } = rectangleOf(picture, aspect, crop);
  const slack = 1e-6;
  return left >= -slack && top >= -slack && left + width <= picture.width + slack && top + height <= picture.height + slack;
}

describe.each([
  [WIDE, 1],
  [TALL, 1],
  [WIDE, 3],
  [TALL, 3],
])('a picture of %o in a frame of %d', (picture, aspect) => {
  test('fills the frame, in its middle, until it is moved', () => {
    const shown = rectangleOf(picture, aspect, WHOLE);
    expect(shown.width / shown.height).toBeCloseTo(aspect);
    expect(shown.width === picture.width || Math.abs(shown.height - picture.height) < 1e-9).toBe(true);
    expect(shown.left + shown.width / 2).toBeCloseTo(picture.width / 2);
    expect(bounded(picture, aspect, WHOLE)).toEqual(WHOLE);
  });

  test('is never moved or zoomed beyond its edges', () => {
    let crop = WHOLE;
    for (const key of ['+', '+', 'ArrowLeft', 'ArrowUp', '+', 'ArrowRight', 'ArrowDown', '-', 'ArrowDown', '+', '-', '-', '-', '-']) {
      for (let times = 0; times < 30; times++) {
        crop = pressed(picture, aspect, crop, key, times % 2 === 0) ?? crop;
        expect(inside(picture, aspect, crop)).toBe(true);
        expect(crop.zoom).toBeGreaterThanOrEqual(1);
        expect(crop.zoom).toBeLessThanOrEqual(MAX_ZOOM);
      }
    }
  });
});

test('a picture follows the finger', () => {
  const zoomedIn = zoomed(WIDE, 1, WHOLE, 2);
  const before = rectangleOf(WIDE, 1, zoomedIn);
  const after = rectangleOf(WIDE, 1, moved(WIDE, 1, zoomedIn, 0.25, -0.25));
  // To the right by a quarter of the frame: the frame goes to the left of the picture.
  expect(before.left - after.left).toBeCloseTo(before.width / 4);
  expect(after.top - before.top).toBeCloseTo(before.height / 4);
});

test('the point between two fingers stays where it is', () => {
  const crop = { x: 0.4, y: 0.5, zoom: 2 };
  const pointIn = (each: Crop): number[] => {
    const { left, top, width, height } = rectangleOf(WIDE, 1, each);
    return [left + 0.7 * width, top + 0.4 * height].map((value) => Math.round(value * 1000) / 1000);
  };
  expect(pointIn(zoomed(WIDE, 1, crop, 1.5, 0.7, 0.4))).toEqual(pointIn(crop));
});

test('keys move, enlarge and reset the picture; others mean nothing', () => {
  const crop = { x: 0.5, y: 0.5, zoom: 2 };
  expect(pressed(WIDE, 1, crop, 'ArrowRight', false)?.x).toBeLessThan(0.5);
  expect(pressed(WIDE, 1, crop, 'ArrowDown', false)?.y).toBeLessThan(0.5);
  const [slow, fast] = [false, true].map((isFast) => pressed(WIDE, 1, crop, 'ArrowLeft', isFast)?.x ?? 0);
  expect(fast).toBeGreaterThan(slow ?? 1);
  expect(pressed(WIDE, 1, crop, '+', false)?.zoom).toBeCloseTo(2.2);
  expect(pressed(WIDE, 1, crop, '-', false)?.zoom).toBeCloseTo(2 / 1.1);
  expect(pressed(WIDE, 1, crop, '0', false)).toEqual(WHOLE);
  for (const key of ['a', 'Tab', 'Enter', ' ']) expect(pressed(WIDE, 1, crop, key, false)).toBeNull();
});

test('what is seen is the same in frames of all sizes, and what is sent', () => {
  expect(placeOf(WIDE, 1, WHOLE)).toEqual({ width: 150, height: 100, left: -25, top: 0 });
  expect(sentSize(WIDE, 1, WHOLE, 1024)).toEqual({ width: 800, height: 800 });
  expect(sentSize(WIDE, 1, { ...WHOLE, zoom: 4 }, 1024)).toEqual({ width: 200, height: 200 });
  expect(sentSize({ width: 6000, height: 4000 }, 3, WHOLE, 2560)).toEqual({ width: 2560, height: 853 });
});
