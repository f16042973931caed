/** The names of the lines of orders. */

import type { Schemas } from '../../../api/client';
import { t } from '../../../i18n/index.svelte';

interface Line {
  kind: Schemas['LineKind'];
  title: string;
}

/** Return the name of a line: the title of a product, or what supports whom. */
export function nameOfLine({ kind, title }: Line): string {
  return kind === 'product' ? title : t(`line.${kind}`, { title });
}

/** Return whether an order has no product: it is a tip, or pays for a membership. */
export function isSupport(order: { items: readonly Line[] }): boolean {
  return order.items.length > 0 && order.items.every((item) => item.kind !== 'product');
}
