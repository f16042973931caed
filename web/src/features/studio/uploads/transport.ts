/**
 * How the bytes of a file reach the server. An upload knows a transport only by `Transport`, so that
 * another one can take its place.
 */

import type { Schemas } from '../../../api/client';
import type { ApiError } from '../../../api/errors';

export type Track = Schemas['Track'];

/** What a file is for, as resumable uploads name it. */
export type Purpose = 'track' | 'image' | 'product_file' | 'cloud_file' | 'gear_document';

export interface Outgoing {
  file: File;
  purpose: Purpose;
  /** What is said about the file: the fields of the form of such files. */
  fields: Readonly<Record<string, string>>;
}

/** What the server made of a file. */
export type Made = Schemas['UploadResult'];

export interface Listener {
  /** How many bytes of the file have left. A few of them are lost with a connection. */
  progressed: (sentBytes: number) => void;
  /** How many bytes of the file the server has, as it says itself. */
  arrived: (bytes: number) => void;
  accepted: (made: Made) => void;
  failed: (error: ApiError) => void;
}

/** A file that is being sent. After `pause` nothing is reported until `resume`; after `cancel`, nothing at all. */
export interface Transfer {
  pause: () => void;
  resume: () => void;
  cancel: () => void;
}

export type Transport = (outgoing: Outgoing, listener: Listener) => Transfer;
