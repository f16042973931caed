/** What can go wrong with a request, as the pages show it. */

import type { Schemas } from './client';

export type FieldError = Schemas['FieldError'];

/** The body of a refused request, see `Failure` in the OpenAPI document. */
export interface Failure {
  error: string;
  code: string;
  request_id: string;
  details?: FieldError[];
  link?: string;
}

/** A request that was refused or failed. `status` is 0 if no response arrived. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly requestId: string | null;
  readonly details: readonly FieldError[];
  /** A page where the caller can do something about it. */
  readonly link: string | null;
  /** Seconds to wait before the next attempt, if the server said so. */
  readonly retryAfter: number | null;

  constructor(failure: Failure, status: number, retryAfter: number | null = null) {
    super(failure.error);
    this.name = 'ApiError';
    this.code = failure.code;
    this.status = status;
    this.requestId = failure.request_id || null;
    this.details = failure.details ?? [];
    this.link = failure.link ?? null;
    this.retryAfter = retryAfter;
  }

  /** Whether trying again later can help. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** The error of a field, by its name in the API. */
  errorOf(field: string): FieldError | null {
    return this.details.find((each) => each.field === field) ?? null;
  }
}

/** Return the error of a response that is not successful. */
export function toApiError(body: unknown, response: Response): ApiError {
  const seconds = Number(response.headers.get('retry-after'));
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds : null;
  const failure = isFailure(body)
    ? body
    : { error: response.statusText, code: `http_${String(response.status)}`, request_id: response.headers.get('x-request-id') ?? '' };
  return new ApiError(failure, response.status, retryAfter);
}

/** Return any thrown value as an ApiError: no response means the network or the server is down. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof TypeError) return new ApiError({ error: thrown.message, code: 'network', request_id: '' }, 0);
  throw thrown;
}

/** Return why an account was suspended, in the words of the moderators: "Your account is suspended: …". */
export function suspensionReasonOf(message: string): string | null {
  return message.split(': ').slice(1).join(': ') || null;
}

/** Return whether a body is that of a refused request. */
export function isFailure(body: unknown): body is Failure {
  return typeof body === 'object' && body !== null && 'code' in body && 'error' in body;
}
