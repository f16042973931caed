/** What the forms of accounts share. */

import { ApiError, type FieldError, asApiError } from '../api/errors';
import { tick } from 'svelte';
import { explain, explainCode, explainField } from '../api/explain';
import { Countdown } from './countdown.svelte';
import { type Key, t } from '../i18n/index.svelte';
import { router } from '../shell/router.svelte';

export const MIN_PASSWORD = 8;

/** A form that is sent once at a time, and shows why it was refused. */
export class Form {
  isSending = $state(false);
  error = $state.raw<ApiError | null>(null);
  /** Runs while the server wants no other attempt. */
  readonly pause = new Countdown();
  readonly #shownCodes = new Set<string>();
  readonly #shownFields = new Set<string>();

  /** Send the form. Returns whether it was accepted; if not, the focus goes to the field that was refused. */
  async send(event: SubmitEvent, send: () => Promise<void>): Promise<boolean> {
    event.preventDefault();
    const form = event.currentTarget as HTMLElement | null;
    if (this.isSending || this.pause.left > 0) return false;
    this.isSending = true;
    this.error = null;
    try {
      await send();
      return true;
    } catch (thrown) {
      this.error = asApiError(thrown);
      if (this.error.status === 429) this.pause.start(this.error.retryAfter ?? 1);
      void tick().then(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return false;
    } finally {
      this.isSending = false;
    }
  }

  /** Return why a field was refused. `texts` are for errors of the whole form that are about this field, by code. */
  problemOf(field: string, texts: Readonly<Record<string, Key>> = {}): string | null {
    this.#shownFields.add(field);
    for (const code of Object.keys(texts)) this.#shownCodes.add(code);
    const text = texts[this.error?.code ?? ''];
    if (text !== undefined) return t(text);
    const refused = this.error?.errorOf(field);
    return refused ? this.#explain(refused) : null;
  }

  /** Return why the form was refused, if that is not shown beside a field. */
  get problem(): string | null {
    if (!this.error || this.#shownCodes.has(this.error.code)) return null;
    if (this.error.details.length === 0) return explain(this.error);
    const other = this.error.details.find((each) => !this.#shownFields.has(each.field));
    return other ? this.#explain(other) : null;
  }

  /** A refusal of its own kind says more than that a field is not accepted. */
  #explain(refused: FieldError): string {
    return (refused.rule || !this.error ? null : explainCode(this.error.code)) ?? explainField(refused);
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
