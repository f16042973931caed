/** Sharing links to pages. */

import { t } from '../i18n/index.svelte';
import { notify } from './overlays.svelte';

/** Offer a link in the system's menu, or copy it where there is none. */
export async function share(path: string, title: string): Promise<void> {
  const url = new URL(path, location.href).href;
  // Only secure pages have a clipboard, and only some systems a menu.
  if (matchMedia('(pointer: coarse)').matches && 'share' in navigator) {
    await navigator.share({ url, title }).catch(() => undefined);
  } else if ('clipboard' in navigator) {
    await navigator.clipboard.writeText(url);
    notify(t('track.share.copied'));
  } else notify(url);
}
