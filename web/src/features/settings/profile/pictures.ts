/** Pictures of this browser: opened to be cropped, and written to be sent. */

import { type Crop, type Size, rectangleOf, sentSize } from './crop';

export interface OpenPicture {
  /** An address that works until it is closed. */
  url: string;
  size: Size;
  bitmap: ImageBitmap;
  close: () => void;
}

/** The largest sizes that the server keeps: 512 pixels of a square, doubled, and 2,560 of a banner. */
const MAX_SQUARE = 1024;
const MAX_BANNER = 2560;
const QUALITY = 0.95;

/** Open a picture, upright as its camera says. Throws if it can't be read. */
export async function openPicture(file: File): Promise<OpenPicture> {
  const bitmap = await createImageBitmap(file);
  const url = URL.createObjectURL(file);
  const close = (): void => {
    bitmap.close();
    URL.revokeObjectURL(url);
  };
  return { url, size: { width: bitmap.width, height: bitmap.height }, bitmap, close };
}

/** Return the part of a picture that was chosen, as a file without the metadata of the camera. */
export async function writeCrop(picture: OpenPicture, aspect: number, crop: Crop): Promise<File> {
  const from = rectangleOf(picture.size, aspect, crop);
  const { width, height } = sentSize(picture.size, aspect, crop, aspect === 1 ? MAX_SQUARE : MAX_BANNER);
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser draws no pictures.');
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture.bitmap, from.left, from.top, from.width, from.height, 0, 0, width, height);
  // A browser that writes no WebP writes PNG.
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/webp', QUALITY));
  if (!blob) throw new Error('The picture could not be written.');
  return new File([blob], 'picture', { type: blob.type });
}
