/** Push messages to this browser: whether they are on, and how to switch them. */

import { api, call } from '../../api/client';
import { language } from '../../i18n/index.svelte';

export type PushState = 'unknown' | 'unsupported' | 'denied' | 'off' | 'on';

export interface Device {
  id: string;
  user_agent: string;
  created_at: string;
  has_previews: boolean;
  is_current: boolean;
}

export const push = $state<{ state: PushState; devices: readonly Device[]; isBusy: boolean }>({
  state: 'unknown',
  devices: [],
  isBusy: false,
});

const TEXTS = 'veza-texts';

/** Find out whether this browser gets push messages. */
export async function findPush(): Promise<void> {
  if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window)) {
    push.state = 'unsupported';
    return;
  }
  push.devices = (await call(api.GET('/api/v1/notifications/push/subscriptions'))).subscriptions;
  if (Notification.permission === 'denied') {
    push.state = 'denied';
    return;
  }
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  push.state = subscription && push.devices.some((each) => each.is_current) ? 'on' : 'off';
}

/** Ask the reader for permission, and subscribe this browser. */
export async function switchOn(): Promise<void> {
  await busy(async () => {
    if ((await Notification.requestPermission()) !== 'granted') return;
    const { public_key: key } = await call(api.GET('/api/v1/notifications/push/key'));
    const registration = await navigator.serviceWorker.ready;
    // One that was made with another key of the server would get nothing.
    await (await registration.pushManager.getSubscription())?.unsubscribe();
    await register(await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }), true);
  });
}

/** Choose whether messages to this browser contain titles and texts. */
export async function setPreviews(hasPreviews: boolean): Promise<void> {
  await busy(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const subscription = await registration?.pushManager.getSubscription();
    if (subscription) await register(subscription, hasPreviews);
  });
}

/** Tell the server about the subscription of this browser, in place of an earlier one. */
async function register(subscription: PushSubscription, hasPreviews: boolean): Promise<void> {
  const { endpoint = '', keys } = subscription.toJSON();
  await keepTexts();
  await call(
    api.POST('/api/v1/notifications/push/subscriptions', {
      body: {
        endpoint,
        keys: { p256dh: keys?.['p256dh'] ?? '', auth: keys?.['auth'] ?? '' },
        language: language(),
        has_previews: hasPreviews,
      },
    }),
  );
}

/** End the subscription of a browser. */
export async function switchOff(device: Device): Promise<void> {
  await busy(async () => {
    await call(
      api.DELETE('/api/v1/notifications/push/subscriptions/{subscription_id}', { params: { path: { subscription_id: device.id } } }),
    );
    if (!device.is_current) return;
    const registration = await navigator.serviceWorker.getRegistration();
    await (await registration?.pushManager.getSubscription())?.unsubscribe();
  });
}

async function busy(action: () => Promise<void>): Promise<void> {
  push.isBusy = true;
  try {
    await action();
  } finally {
    push.isBusy = false;
    await findPush();
  }
}

/** Store the texts of notifications where the service worker finds them, in the reader's language. */
async function keepTexts(): Promise<void> {
  const files = import.meta.glob<{ default: Record<string, unknown> }>('../talk/messages/*.ts');
  const catalogue = (await files[`../talk/messages/${language()}.ts`]?.())?.default ?? {};
  const messages = Object.fromEntries(Object.entries(catalogue).filter(([key]) => key.startsWith('notes.')));
  const cache = await caches.open(TEXTS);
  await cache.put('/texts', Response.json({ language: language(), messages }));
}
