/** The service worker: registered after the first page, updated when the reader accepts it. */

import { t } from '../../i18n/index.svelte';
import { notify } from '../../shell/overlays.svelte';
import { navigate } from '../../shell/router.svelte';
import { pathToOpen } from './path';

const CHECK_MS = 30 * 60 * 1000;

/** Register the worker, which keeps the application for times without a network. */
export async function startWorker(): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  const { serviceWorker } = navigator;
  serviceWorker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const path = pathToOpen(data);
    if (path !== null) navigate(path);
  });
  let registration: ServiceWorkerRegistration;
  try {
    registration = await serviceWorker.register('/sw.js', { scope: '/', updateViaCache: 'none' });
  } catch {
    // A browser may forbid it, for example in a private window: everything else works.
    return;
  }
  if (registration.waiting && serviceWorker.controller) offer(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const found = registration.installing;
    found?.addEventListener('statechange', () => {
      // Without a controller it is the first worker, and no update.
      if (found.state === 'installed' && serviceWorker.controller) offer(found);
    });
  });
  // The page may stay open for days.
  setInterval(() => void registration.update().catch(() => undefined), CHECK_MS);
}

function offer(waiting: ServiceWorker): void {
  const run = (): void => {
    navigator.serviceWorker.addEventListener('controllerchange', () => window.location.reload(), { once: true });
    waiting.postMessage('activate');
  };
  notify(t('update.ready'), { label: t('update.reload'), run }, { stays: true });
}
