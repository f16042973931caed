/** Downloads of this page: what is on its way, and how far. */

import { SvelteMap } from 'svelte/reactivity';
import { ApiError } from '../../../api/errors';
import { explain } from '../../../api/explain';
import { t } from '../../../i18n/index.svelte';
import { notify } from '../../../shell/overlays.svelte';
import { leaveToBrowser, save } from './blobs';
import { MAX_HELD_BYTES, TransferFailed, transfer } from './transfer';

export interface Running {
  /** From 0 to 1. */
  share: number;
  cancel: () => void;
}

/** By what `key` says. */
export const downloads = new SvelteMap<string, Running>();
/** What was saved since the page was opened. */
export const saved = new SvelteMap<string, true>();

export interface Wanted {
  key: string;
  name: string;
  sizeBytes: number;
  /** Return a link that is valid now: links expire. */
  link: () => Promise<string>;
}

/** Download a file and save it, unless it is on its way. */
export async function download(wanted: Wanted): Promise<void> {
  if (downloads.has(wanted.key)) return;
  const controller = new AbortController();
  const cancel = (): void => controller.abort();
  downloads.set(wanted.key, { share: 0, cancel });
  let url: string | null = null;
  try {
    url = await wanted.link();
    if (wanted.sizeBytes > MAX_HELD_BYTES) return leaveToBrowser(url, wanted.name);
    const source = { url, sizeBytes: wanted.sizeBytes, fetch: fetch.bind(window), signal: controller.signal, wait };
    const blob = await transfer(source, ({ receivedBytes, totalBytes }) =>
      downloads.set(wanted.key, { share: totalBytes ? receivedBytes / totalBytes : 0, cancel }),
    );
    save(blob, wanted.name);
    saved.set(wanted.key, true);
    notify(t('shop.download.saved', { name: wanted.name }));
  } catch (error) {
    if (controller.signal.aborted) return;
    // The storage may admit no scripts: the browser itself can still fetch the file.
    if (url && error instanceof TypeError && navigator.onLine) leaveToBrowser(url, wanted.name);
    else
      notify(
        error instanceof ApiError
          ? explain(error)
          : t(error instanceof TransferFailed && error.status === 404 ? 'shop.download.gone' : 'shop.download.failed', {
              name: wanted.name,
            }),
      );
  } finally {
    downloads.delete(wanted.key);
  }
}

function wait(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
}
