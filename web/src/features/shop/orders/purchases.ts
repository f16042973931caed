/** Whether the reader bought a product. Parts of a page that ask at once share the answer. */

import { type Schemas, api, call } from '../../../api/client';

type Purchase = Schemas['OwnPurchase']['purchase'];

const asked = new Map<string, Promise<Purchase>>();

/** Return the reader's purchase of a product, or null. */
export function findPurchase(productId: string): Promise<Purchase> {
  let answer = asked.get(productId);
  if (!answer) {
    const path = { product_id: productId };
    answer = call(api.GET('/api/v1/marketplace/products/{product_id}/purchase', { params: { path } }))
      .then(({ purchase }) => purchase)
      .finally(() => asked.delete(productId));
    asked.set(productId, answer);
  }
  return answer;
}
