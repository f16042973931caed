/**
 * The cart of who uses this browser. The server has none: items are kept in `localStorage`, apart for
 * each member, and all tabs show the same. A visitor's cart becomes that of the member who signs in.
 */

import { session } from '../../../shell/session.svelte';
import { type CartItem, merge, parseCart, withItem, without } from './cart';

const STORED = 'veza.cart.';
const VISITOR = 'visitor';

let shown = $state.raw<readonly CartItem[]>([]);

/** Return whose cart it is, as a part of names in `localStorage`. */
export function cartOwner(): string {
  return session.actor?.id ?? VISITOR;
}

/** Return the items in the cart of a member or visitor, as they are stored now. */
export function storedItems(owner = cartOwner()): readonly CartItem[] {
  return parseCart(localStorage.getItem(STORED + owner));
}

/** Return the items in the cart. */
export function cartItems(): readonly CartItem[] {
  return shown;
}

/** Show the cart of who is signed in now. Call it in an effect of each page that shows it. */
export function syncCart(): void {
  const owner = cartOwner();
  if (owner !== VISITOR) {
    const left = storedItems(VISITOR);
    if (left.length > 0) {
      store(owner, merge(storedItems(owner), left));
      store(VISITOR, []);
    }
  }
  shown = storedItems(owner);
}

/** Put an item into the cart. Returns whether there was room. */
export function addToCart(item: CartItem): boolean {
  const items = withItem(storedItems(), item);
  store(cartOwner(), items);
  shown = items;
  return items.some((each) => each.productId === item.productId);
}

/** Take products out of the cart. */
export function removeFromCart(productIds: readonly string[], owner = cartOwner()): void {
  store(owner, without(storedItems(owner), productIds));
  shown = storedItems();
}

function store(owner: string, items: readonly CartItem[]): void {
  if (items.length === 0) localStorage.removeItem(STORED + owner);
  else localStorage.setItem(STORED + owner, JSON.stringify(items));
}

addEventListener('storage', (event) => {
  if (event.key === null || event.key.startsWith(STORED)) shown = storedItems();
});
