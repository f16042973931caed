/** Orders as their buyers see them. */

import type { Schemas } from '../../../api/client';

export type Order = Schemas['Order'];
type Status = Order['status'];

/** The colour that a status has, besides its name. */
export const TONES: Record<Status, '' | 'ok' | 'warn' | 'bad' | 'info'> = {
  pending: 'warn',
  paid: 'ok',
  failed: 'bad',
  cancelled: '',
  refund_pending: 'info',
  partially_refunded: 'info',
  refunded: '',
};

/** Whether something happens to it soon without its buyer. */
export function isMoving(order: Order): boolean {
  return order.status === 'pending' || order.status === 'refund_pending';
}

/** Whether some of it belongs to its buyer. */
export function isBought(order: Order): boolean {
  return order.paid_at !== null && order.items.some((item) => !item.is_refunded) && ['paid', 'partially_refunded'].includes(order.status);
}

/** Return the items that can still be refunded: they cost something, and are not refunded or on the way to it. */
export function refundable<Item extends Pick<Order['items'][number], 'id' | 'price_cents' | 'is_refunded'> & { service?: unknown }>(
  order: Pick<Order, 'paid_at' | 'total_cents'> & { items: readonly Item[] },
  refunds: readonly Schemas['Refund'][],
): Item[] {
  if (order.paid_at === null || order.total_cents === 0) return [];
  const taken = new Set(refunds.filter((refund) => refund.status !== 'failed').flatMap((refund) => refund.item_ids));
  return order.items.filter((item) => item.price_cents > 0 && !item.is_refunded && !item.service && !taken.has(item.id));
}

/** Return the text of a licence, as it is saved. */
export function licenceText(order: Order, item: Order['items'][number]): string {
  const lines = [item.title, item.seller?.display_name, `${order.id} · ${order.paid_at ?? order.created_at}`, '', item.licence];
  return `${lines.filter((line) => line !== undefined).join('\n')}\n`;
}

/** Return a name that every system accepts for a file. */
export function fileName(text: string): string {
  return (
    text
      .normalize('NFC')
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u001f\u007f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ')
      .replace(/\s+/g, ' ')
      .replace(/^[ .]+|[ .]+$/g, '')
      .slice(0, 100) || 'file'
  );
}
