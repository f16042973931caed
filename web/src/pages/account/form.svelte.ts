/** What the forms of accounts share. */

import { ApiError, asApiError } from '../../api/errors';
import { explain } from '../../api/explain';
import { router } from '../../router.svelte';

export const MIN_PASSWORD = 8;

/** A form that is sent once at a time, and shows why it was refused. */
export class Form {
  isSending = $state(false);
  error = $state.raw<ApiError | null>(null);

  /** Send the form. Returns whether it was accepted. */
  async send(event: SubmitEvent, send: () => Promise<void>): Promise<boolean> {
    event.preventDefault();
    if (this.isSending) return false;
    this.isSending = true;
    this.error = null;
    try {
      await send();
      return true;
    } catch (thrown) {
      this.error = asApiError(thrown);
      return false;
    } finally {
      this.isSending = false;
    }
  }

  /** Return why a field was refused. */
  problemOf(field: string): string | null {
    return this.error?.messageOf(field) ?? null;
  }

  /** Return why the form was refused, if that is not about one field. */
  get problem(): string | null {
    return this.error && this.error.details.length === 0 ? explain(this.error) : null;
  }
}

/** Return where to go after signing in: a page of this site only. */
export function nextPath(): string {
  const wanted = router.query.get('next') ?? '/';
  return /^\/(?![/\\])/.test(wanted) ? wanted : '/';
}

/** Return the token in the fragment of a link from a mail, which is never sent to the server. */
export function tokenOfLink(): string {
  return new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
}
