/** What pages that ask for passkeys share. */

import type { Schemas } from '../../../api/client';
import { ApiError } from '../../../api/errors';
import { explain } from '../../../api/explain';
import { type Key, t } from '../../../i18n/index.svelte';
import { type PasskeyAnswer, askPasskey, offersPasskeys, stopAsking } from './passkeys';

const TEXTS: Readonly<Record<string, Key>> = {
  passkey_refused: 'factors.passkey.refused',
  factor_refused: 'factors.passkey.refused',
  wrong_factor: 'factors.passkey.refused',
  passkey_copied: 'factors.passkey.copied',
  challenge_over: 'factors.over',
};
const MARGIN_MS = 60_000;

/** Return a sentence about why a passkey was not accepted. */
export function explainPasskey(error: unknown): string {
  const text = error instanceof ApiError ? TEXTS[error.code] : undefined;
  return text === undefined ? explain(error) : t(text);
}

/**
 * Offer passkeys in the list of a field with `autocomplete="username webauthn"`, if the browser can. What is chosen
 * is handed to `use`, which doesn't throw. Returns a function that ends the offer.
 */
export function offerPasskeys(
  begin: () => Promise<Schemas['PasskeyRequestOptions']>,
  use: (passkey: PasskeyAnswer) => Promise<void>,
): () => void {
  let isOver = false;

  async function offer(): Promise<void> {
    if (!(await offersPasskeys()) || isOver) return;
    const options = await begin();
    // A challenge is valid for some minutes, and a page may be open for hours.
    let isRenewed = false;
    const renewal = setTimeout(() => {
      isRenewed = true;
      stopAsking();
    }, options.timeout - MARGIN_MS);
    const passkey = isOver ? null : await askPasskey(options, true);
    clearTimeout(renewal);
    if (passkey) await use(passkey);
    else if (isRenewed && !isOver) await offer();
  }

  // Nobody asked for it: if it fails, the button is still there.
  offer().catch(() => undefined);
  return () => {
    if (!isOver) stopAsking();
    isOver = true;
  };
}
