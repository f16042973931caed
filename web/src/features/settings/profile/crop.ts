/**
 * The part of a picture that is kept: which point of it is in the middle of the frame, and how much
 * larger it is than when the frame is just filled.
 */

export interface Crop {
  /** The middle, from 0 to 1 of the width and of the height of the picture. */
  x: number;
  y: number;
  /** 1: as much as fits is seen. */
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Rectangle extends Size {
  left: number;
  top: number;
}

export const MAX_ZOOM = 4;
export const WHOLE: Crop = { x: 0.5, y: 0.5, zoom: 1 };

const ZOOM_STEP = 1.1;
/** The step of an arrow key, in widths of the frame; with the shift key five times as far. */
const STEP = 0.02;
const LEAP = 0.1;

/** Return the part of a picture that a frame of an aspect ratio shows, in pixels of the picture. */
export function rectangleOf(picture: Size, aspect: number, crop: Crop): Rectangle {
  const { width, height } = sizeOf(picture, aspect, crop.zoom);
  return { width, height, left: crop.x * picture.width - width / 2, top: crop.y * picture.height - height / 2 };
}

/** Return a crop that shows nothing beyond the picture. */
export function bounded(picture: Size, aspect: number, crop: Crop): Crop {
  const zoom = clamp(crop.zoom, 1, MAX_ZOOM);
  const { width, height } = sizeOf(picture, aspect, zoom);
  const [halfWidth, halfHeight] = [width / picture.width / 2, height / picture.height / 2];
  return { zoom, x: clamp(crop.x, halfWidth, 1 - halfWidth), y: clamp(crop.y, halfHeight, 1 - halfHeight) };
}

/** Return a crop after the picture was moved by a share of the frame. */
export function moved(picture: Size, aspect: number, crop: Crop, right: number, down: number): Crop {
  const { width, height } = sizeOf(picture, aspect, crop.zoom);
  const [x, y] = [crop.x - (right * width) / picture.width, crop.y - (down * height) / picture.height];
  return bounded(picture, aspect, { ...crop, x, y });
}

/** Return a crop after it was enlarged about a point of the frame, from 0 to 1, which stays where it is. */
export function zoomed(picture: Size, aspect: number, crop: Crop, factor: number, across = 0.5, down = 0.5): Crop {
  const zoom = clamp(crop.zoom * factor, 1, MAX_ZOOM);
  const [before, after] = [rectangleOf(picture, aspect, crop), sizeOf(picture, aspect, zoom)];
  const x = before.left + across * before.width + (0.5 - across) * after.width;
  const y = before.top + down * before.height + (0.5 - down) * after.height;
  return bounded(picture, aspect, { zoom, x: x / picture.width, y: y / picture.height });
}

/** Return the crop after a key was pressed; null for a key that means nothing here. */
export function pressed(picture: Size, aspect: number, crop: Crop, key: string, isFast: boolean): Crop | null {
  const step = isFast ? LEAP : STEP;
  const factor = isFast ? ZOOM_STEP ** 3 : ZOOM_STEP;
  switch (key) {
    case 'ArrowLeft':
      return moved(picture, aspect, crop, -step, 0);
    case 'ArrowRight':
      return moved(picture, aspect, crop, step, 0);
    case 'ArrowUp':
      return moved(picture, aspect, crop, 0, -step);
    case 'ArrowDown':
      return moved(picture, aspect, crop, 0, step);
    case '+':
    case '=':
      return zoomed(picture, aspect, crop, factor);
    case '-':
    case '_':
      return zoomed(picture, aspect, crop, 1 / factor);
    case '0':
      return WHOLE;
    default:
      return null;
  }
}

/** Return where the picture is in a frame of any size, in percent of the frame. */
export function placeOf(picture: Size, aspect: number, crop: Crop): Rectangle {
  const shown = rectangleOf(picture, aspect, crop);
  return {
    width: (picture.width / shown.width) * 100,
    height: (picture.height / shown.height) * 100,
    left: ((0 - shown.left) / shown.width) * 100,
    top: ((0 - shown.top) / shown.height) * 100,
  };
}

/** Return the size in which a crop is sent: not larger than the picture, nor wider than is stored. */
export function sentSize(picture: Size, aspect: number, crop: Crop, maxWidth: number): Size {
  const width = Math.max(1, Math.round(Math.min(rectangleOf(picture, aspect, crop).width, maxWidth)));
  return { width, height: Math.max(1, Math.round(width / aspect)) };
}

function sizeOf(picture: Size, aspect: number, zoom: number): Size {
  const width = Math.min(picture.width, picture.height * aspect) / zoom;
  return { width, height: width / aspect };
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
