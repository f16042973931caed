/** What is in a cart, and what became of it since. Pure: a cart is never changed, only replaced. */

import type { Schemas } from '../../../api/client';
import { priceIn } from '../products/prices';
import { type GiftDraft, isDraft } from '../gifts/gift';

/** A product, or with `variantId` one of its variants: see `variants/variants`. */
export type Product = Schemas['Product'] & { variantId?: string };

export type Seller = NonNullable<Product['seller']>;

export interface CartItem {
  productId: string;
  title: string;
  /** The price that was shown, in the smallest unit of the currency. */
  priceCents: number;
  currency: string;
  /** What the buyer chose to pay; null for the price. */
  chosenCents: number | null;
  /** The variant that is bought, of a product that is sold in variants. */
  variantId?: string;
  /** For whom it is, if it is a gift. */
  gift?: GiftDraft | null;
}

/** As many as an order may have. */
export const MAX_ITEMS = 50;

/** Why an item can't be ordered, or needs a look. */
export type Problem = 'gone' | 'own' | 'owned' | 'soldOut' | 'price' | 'gift';

/** An item with what the server says about it now. */
export interface CartLine {
  item: CartItem;
  product: Product | null;
  problem: Problem | null;
  cents: number;
  currency: string;
}

/** Return the item of a product that a buyer pays a chosen amount for, or its price in a currency. */
export function toItem(product: Product, chosenCents: number | null = null, wanted: string | null = null): CartItem {
  const { id, title } = product;
  const { cents, currency } = priceIn(product, wanted);
  const variant = product.variantId === undefined ? {} : { variantId: product.variantId };
  return { productId: id, title, priceCents: cents, currency, chosenCents, ...variant };
}

/** Put a product in; if it is there already, only its price changes, or for whom it is. A full cart stays as it is. */
export function withItem(items: readonly CartItem[], item: CartItem): readonly CartItem[] {
  if (items.some((each) => each.productId === item.productId))
    return items.map((each) => (each.productId === item.productId ? { ...(each.gift ? { gift: each.gift } : {}), ...item } : each));
  return items.length < MAX_ITEMS ? [...items, item] : items;
}

/** Take products out. */
export function without(items: readonly CartItem[], productIds: readonly string[]): readonly CartItem[] {
  return items.filter((each) => !productIds.includes(each.productId));
}

/** Put together the carts of a visitor and of the member who has signed in. */
export function merge(items: readonly CartItem[], more: readonly CartItem[]): readonly CartItem[] {
  return more.reduce(withItem, items);
}

/** Read a stored cart. What is no item is left out: anything may be stored there. */
export function parseCart(text: string | null): readonly CartItem[] {
  let read: unknown;
  try {
    read = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  return Array.isArray(read) ? merge([], read.filter(isItem)) : [];
}

function isItem(value: unknown): value is CartItem {
  if (typeof value !== 'object' || value === null) return false;
  const item = value as Partial<CartItem>;
  return (
    typeof item.productId === 'string' &&
    typeof item.title === 'string' &&
    Number.isSafeInteger(item.priceCents) &&
    /^[A-Z]{3}$/.test(String(item.currency)) &&
    (item.chosenCents === null || Number.isSafeInteger(item.chosenCents)) &&
    (item.variantId === undefined || typeof item.variantId === 'string') &&
    (item.gift === undefined || item.gift === null || isDraft(item.gift))
  );
}

/** Compare an item with its product as it is now: null if there is none any more. */
export function toLine(item: CartItem, product: Product | null, viewerId: string | null, isOwned: boolean): CartLine {
  if (product?.status !== 'published') return { item, product: null, problem: 'gone', cents: 0, currency: item.currency };
  const isFree = product.pricing === 'pay_what_you_want';
  const price = priceIn(product, item.currency);
  const cents = isFree ? Math.max(item.chosenCents ?? 0, price.cents) : price.cents;
  const shown = isFree ? (item.chosenCents ?? item.priceCents) : item.priceCents;
  let problem: Problem | null = null;
  if (product.seller && product.seller.id === viewerId) problem = 'own';
  else if (isOwned && !item.gift) problem = 'owned';
  else if (product.is_sold_out) problem = 'soldOut';
  else if (item.gift && cents === 0) problem = 'gift';
  else if (cents !== shown || price.currency !== item.currency) problem = 'price';
  return { item, product, problem, cents, currency: price.currency };
}

/** The lines that can be ordered together: an order has a single currency. */
export interface Group {
  currency: string;
  lines: CartLine[];
  totalCents: number;
}

/** Group the lines that can be ordered by currency, in the order of the cart. */
export function groupLines(lines: readonly CartLine[]): Group[] {
  const groups = new Map<string, CartLine[]>();
  for (const line of lines) {
    if (line.problem !== null && line.problem !== 'price') continue;
    groups.set(line.currency, [...(groups.get(line.currency) ?? []), line]);
  }
  return [...groups].map(([currency, found]) => ({ currency, lines: found, totalCents: found.reduce((sum, line) => sum + line.cents, 0) }));
}

/** Return the sellers of what is bought, each once. */
export function sellersOf(lines: readonly CartLine[]): Seller[] {
  const sellers = lines.flatMap((line) => line.product?.seller ?? []);
  return [...new Map(sellers.map((seller) => [seller.id, seller])).values()];
}
