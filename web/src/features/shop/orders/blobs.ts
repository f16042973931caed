/** Files that only their owner may fetch, by a request with credentials. */

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
