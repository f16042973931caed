/** The notifications: those that are loaded, those that arrive, and how many are unread. */

import { api, call } from '../../../api/client';
import { counts } from '../counts.svelte';
import type { Notification } from '../frames';
import { subscribe } from '../live.svelte';

export const notifications = $state<{ items: Notification[]; next: string | null; isLoading: boolean; isLoaded: boolean; error: unknown }>({
  items: [],
  next: null,
  isLoading: false,
  isLoaded: false,
  error: null,
});

const LIMIT = 30;
const COUNT_MS = 300;
let counting: ReturnType<typeof setTimeout> | undefined;

subscribe({
  // What was missed while there was no connection is read again.
  onReady() {
    void (notifications.isLoaded ? loadNotifications() : count());
  },
  onFrame(frame) {
    if (frame.type !== 'notification') return;
    if (notifications.isLoaded) notifications.items = withNotification(notifications.items, frame.data);
    clearTimeout(counting);
    counting = setTimeout(() => void count(), COUNT_MS);
  },
  onEnd() {
    Object.assign(notifications, { items: [], next: null, isLoaded: false, error: null });
    counts.notifications = 0;
  },
});

/** Return the list with a new or changed notification, which moves to the top. */
export function withNotification(items: readonly Notification[], changed: Notification): Notification[] {
  return [changed, ...items.filter((each) => each.id !== changed.id)];
}

/** Load the newest. */
export async function loadNotifications(): Promise<void> {
  await load(undefined);
}

/** Load the next page. */
export async function loadMoreNotifications(): Promise<void> {
  if (notifications.next !== null && !notifications.isLoading) await load(notifications.next);
}

async function load(cursor: string | undefined): Promise<void> {
  notifications.isLoading = true;
  try {
    const page = await call(api.GET('/api/v1/notifications', { params: { query: { limit: LIMIT, ...(cursor ? { cursor } : {}) } } }));
    const loaded = new Set(page.notifications.map((each) => each.id));
    notifications.items = cursor
      ? [...notifications.items.filter((each) => !loaded.has(each.id)), ...page.notifications]
      : page.notifications;
    notifications.next = page.has_more ? page.next_cursor : null;
    notifications.isLoaded = true;
    notifications.error = null;
    counts.notifications = page.unread_count;
  } catch (error) {
    notifications.error = error;
  }
  notifications.isLoading = false;
}

/** Mark one as read: shown at once. */
export async function readNotification(id: string): Promise<void> {
  const before = notifications.items;
  notifications.items = before.map((each) => (each.id === id ? { ...each, is_read: true } : each));
  try {
    const { unread_count } = await call(
      api.POST('/api/v1/notifications/{notification_id}/read', { params: { path: { notification_id: id } } }),
    );
    counts.notifications = unread_count;
  } catch {
    notifications.items = notifications.items.map((each) => before.find((old) => old.id === each.id) ?? each);
  }
}

/** Mark all that are shown as read; those that arrive meanwhile stay unread. Throws ApiError. */
export async function readAll(): Promise<void> {
  const newest = notifications.items[0];
  if (!newest) return;
  const { unread_count } = await call(api.POST('/api/v1/notifications/read-all', { body: { up_to: newest.told_at } }));
  counts.notifications = unread_count;
  notifications.items = notifications.items.map((each) => (each.told_at <= newest.told_at ? { ...each, is_read: true } : each));
}

/** Remove one: shown at once, and brought back if the server refuses. Throws ApiError. */
export async function removeNotification(id: string): Promise<void> {
  const before = notifications.items;
  notifications.items = before.filter((each) => each.id !== id);
  try {
    await call(api.DELETE('/api/v1/notifications/{notification_id}', { params: { path: { notification_id: id } } }));
    await count();
  } catch (error) {
    notifications.items = before;
    throw error;
  }
}

async function count(): Promise<void> {
  try {
    counts.notifications = (await call(api.GET('/api/v1/notifications/unread'))).unread_count;
  } catch {
    // The next event or connection counts again.
  }
}
