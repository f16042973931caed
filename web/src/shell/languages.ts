/** The language of the reader, which mails have too. */

import { api, call } from '../api/client';
import { LANGUAGES, type Language, language, setLanguage } from '../i18n/index.svelte';
import { session } from './session.svelte';

/** Show everything in another language; mails come in it from now on. Throws ApiError. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  await setLanguage(chosen);
  if (session.account) await tellLanguage();
}

/** Say in which language mails should come: that of the pages. Throws ApiError. */
export async function tellLanguage(): Promise<void> {
  const chosen = language();
  if (chosen in LANGUAGES) await call(api.PUT('/api/v1/users/me', { body: { language: chosen } }));
}
