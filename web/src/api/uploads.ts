/** Sends pictures and files, which are then attached to posts and messages by their ids. */

import { type Schemas, api, call } from './client';

const PICTURES = /^image\/(jpeg|png|webp|gif)$/;

export interface Attachment {
  kind: 'image' | 'file';
  id: string;
  name: string;
  /** A picture to show: of this browser until the page is closed. */
  url: string | null;
}

/** The types of pictures that can be attached, as an input of files names them. */
export const PICTURE_TYPES = 'image/jpeg,image/png,image/webp,image/gif';

/** The types of pictures that are cropped: the browser reads them, and sends what is chosen as WebP or PNG. */
export const CROPPED_TYPES = `${PICTURE_TYPES},image/avif`;

/** Send a file, as a picture if it is one and not too large to be. Throws ApiError. */
export async function attach(file: File): Promise<Attachment> {
  if (PICTURES.test(file.type)) {
    const { id } = await uploadImage(file);
    return { kind: 'image', id, name: file.name, url: URL.createObjectURL(file) };
  }
  return { kind: 'file', ...(await sendFile(file)), url: null };
}

/** Send a file to the reader's own files. Throws ApiError. */
export async function sendFile(file: File): Promise<{ id: string; name: string }> {
  const { id, name } = await call(api.POST('/api/v1/cloud/files', { body: { file: '' }, bodySerializer: () => formOf(file) }));
  return { id, name };
}

/** Send a picture. Throws ApiError. */
export async function uploadImage(file: File): Promise<Schemas['Image']> {
  return call(api.POST('/api/v1/images', { body: { file: '' }, bodySerializer: () => formOf(file) }));
}

/** Return a form with a file as its part `file`. */
export function formOf(file: File): FormData {
  const form = new FormData();
  form.append('file', file);
  return form;
}
