/**
 * Placing an order exactly once, whatever happens in between: a double click, a reload, a lost answer,
 * or a second tab with the same cart.
 *
 * The key of an attempt is stored before the request is sent, and stays until there is an answer: the
 * server gives the same order for the same key. Once there is an order, the items leave the cart, and
 * the attempt remembers the order for tabs that still show them.
 */

export interface Attempt {
  /** The Idempotency-Key. */
  key: string;
  /** The request, as it is sent: another one needs another key. */
  body: string;
  products: readonly string[];
  startedAt: number;
  /** The order, once it was placed. */
  orderId: string | null;
  placedAt: number;
}

/** What is needed of the browser and of the server. */
export interface CheckoutParts {
  /** When the member asked for the order, before waiting for other tabs. */
  askedAt: number;
  read: () => string | null;
  write: (text: string) => void;
  /** The products that are in the cart now, in any tab. */
  inCart: () => readonly string[];
  newKey: () => string;
  now: () => number;
  /** Send the order. Returns its id. */
  send: (key: string, body: string) => Promise<string>;
  /** Take the ordered products out of the cart. */
  clear: () => void;
  /** Whether a failure leaves open what has happened. */
  isUncertain: (error: unknown) => boolean;
}

/** The server keeps keys for a day. */
const KEY_LASTS_MS = 20 * 3_600_000;

/** Place an order, or find the one that another tab has placed. Returns its id. */
export async function placeOnce(body: string, productIds: readonly string[], parts: CheckoutParts): Promise<string> {
  const last = parseAttempt(parts.read());
  if (last !== null && last.orderId !== null && last.products.join() === productIds.join()) {
    const isInCart = productIds.every((each) => parts.inCart().includes(each));
    // A tab that had to wait may see the order of another before it sees that the cart is empty.
    if (!isInCart || last.placedAt >= parts.askedAt) return last.orderId;
  }
  const isOpen = last !== null && last.orderId === null && last.body === body && parts.now() - last.startedAt < KEY_LASTS_MS;
  const attempt: Attempt = isOpen
    ? last
    : { key: parts.newKey(), body, products: productIds, startedAt: parts.now(), orderId: null, placedAt: 0 };
  parts.write(JSON.stringify(attempt));
  let orderId: string;
  try {
    orderId = await parts.send(attempt.key, body);
  } catch (error) {
    // A refusal is final: after what caused it has changed, the same order needs another key.
    if (!parts.isUncertain(error)) parts.write('');
    throw error;
  }
  parts.write(JSON.stringify({ ...attempt, orderId, placedAt: parts.now() }));
  parts.clear();
  return orderId;
}

/** Read a stored attempt: null if there is none. */
export function parseAttempt(text: string | null): Attempt | null {
  try {
    const read = JSON.parse(text ?? '') as Partial<Attempt> | null;
    if (
      typeof read?.key !== 'string' ||
      typeof read.body !== 'string' ||
      typeof read.startedAt !== 'number' ||
      !Array.isArray(read.products)
    )
      return null;
    return {
      key: read.key,
      body: read.body,
      products: read.products,
      startedAt: read.startedAt,
      orderId: typeof read.orderId === 'string' ? read.orderId : null,
      placedAt: read.placedAt ?? 0,
    };
  } catch {
    return null;
  }
}
