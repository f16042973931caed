/**
 * The links of orders that were placed in this browser without an account: they pay for them, and show
 * what became of it. Kept for two days, for all tabs; afterwards the mailed link is what opens them.
 */

const STORED = 'veza.guest.orders';
const MAX = 20;
const LAST_MS = 2 * 24 * 3_600_000;

export interface PlacedOrder {
  orderId: string;
  token: string;
  placedAt: number;
}

/** Remember the link of an order that was just placed. */
export function remember(orderId: string, token: string, now = Date.now()): void {
  const others = readPlaced(localStorage.getItem(STORED), now).filter((each) => each.orderId !== orderId);
  localStorage.setItem(STORED, JSON.stringify([{ orderId, token, placedAt: now }, ...others].slice(0, MAX)));
}

/** Return the link of an order; null if it was not placed here. */
export function tokenOf(orderId: string, now = Date.now()): string | null {
  return readPlaced(localStorage.getItem(STORED), now).find((each) => each.orderId === orderId)?.token ?? null;
}

/** Read what is stored, as far as it is a list of orders that are not too old. */
export function readPlaced(text: string | null, now: number): PlacedOrder[] {
  let read: unknown;
  try {
    read = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  return Array.isArray(read) ? read.filter(isPlaced).filter((each) => now - each.placedAt < LAST_MS) : [];
}

function isPlaced(value: unknown): value is PlacedOrder {
  if (typeof value !== 'object' || value === null) return false;
  const placed = value as Partial<PlacedOrder>;
  return typeof placed.orderId === 'string' && typeof placed.token === 'string' && typeof placed.placedAt === 'number';
}
