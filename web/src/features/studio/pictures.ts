/** Pictures that become covers. */

import { Upload } from './uploads/uploading.svelte';
import { sendResumably } from './uploads/tus';

/** Send a picture, and return the id of the image. What fails for lack of a network is tried again. Throws ApiError. */
export function sendPicture(file: File): Promise<string> {
  return new Promise((done, refuse) => {
    const upload = new Upload({ file, purpose: 'image', fields: {} }, sendResumably, ({ id }) => Promise.resolve(done(id)));
    upload.changed = () => {
      if (upload.phase === 'queued') upload.start();
      else if (upload.phase === 'refused' && upload.error) refuse(upload.error);
    };
    upload.start();
  });
}
