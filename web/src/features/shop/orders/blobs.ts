/** Files that are read by a request with credentials, and saved by the browser. */

import { asApiError, toApiError } from '../../../api/errors';

/** Return the content of a response, or throw ApiError. */
export async function readBlob(request: Promise<{ data?: unknown; error?: unknown; response: Response }>): Promise<Blob> {
  let answer;
  try {
    answer = await request;
  } catch (error) {
    throw asApiError(error);
  }
  if (answer.data instanceof Blob) return answer.data;
  throw toApiError(answer.error, answer.response);
}

/** Save what is in memory as a file. */
export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  leaveToBrowser(url, name);
  // The browser may still read it for a moment.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Download a file with the browser. */
export function leaveToBrowser(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}
