/** Where an order and its files are read: by its buyer's account, or by the link of a guest. */

import { type Schemas, api, call } from '../../../api/client';
import { asActing } from '../../../api/acting.svelte';
import type { Gift } from '../gifts/gift';
import { readBlob } from './blobs';

type Archive = Schemas['Archive'];
type Download = Schemas['Download'];

export interface OrderSource {
  downloads: () => Promise<readonly Download[]>;
  archives: (productId: string) => Promise<readonly Archive[]>;
  askArchive: (productId: string, format: Archive['format']) => Promise<unknown>;
  /** With a seller it is the document of that one. */
  invoice: (sellerId?: string) => Promise<Blob>;
  /** The contract of a line that is a licence. */
  contract: (itemId: string) => Promise<Blob>;
  /** The address of the original of a track; null if `downloads` has it. */
  original: (trackId: string) => string | null;
  gifts: () => Promise<readonly Gift[]>;
  resendGift: (itemId: string) => Promise<Gift>;
  correctGift: (itemId: string, body: Schemas['RecipientForm']) => Promise<Gift>;
  giftCode: (itemId: string) => Promise<Schemas['GiftCode']>;
}

/** Read an order of the account that is signed in. */
export function sourceOfAccount(order_id: string): OrderSource {
  const params = { path: { order_id } };
  return {
    downloads: async () => (await call(api.GET('/api/v1/marketplace/orders/{order_id}/downloads', { params }))).downloads,
    archives: async (product_id) =>
      (await call(api.GET('/api/v1/marketplace/products/{product_id}/archives', { params: { path: { product_id } } }))).archives,
    askArchive: (product_id, format) =>
      call(api.POST('/api/v1/marketplace/products/{product_id}/archives', { params: { path: { product_id } }, body: { format } })),
    invoice: (sellerId) =>
      readBlob(api.GET('/api/v1/marketplace/orders/{order_id}/invoice', { params: { ...params, ...ofSeller(sellerId) }, parseAs: 'blob' })),
    contract: (item_id) =>
      readBlob(
        api.GET('/api/v1/marketplace/orders/{order_id}/items/{item_id}/contract', {
          params: { path: { order_id, item_id } },
          parseAs: 'blob',
        }),
      ),
    original: (trackId) => asActing(`/api/v1/tracks/${trackId}/download`),
    gifts: async () => (await call(api.GET('/api/v1/marketplace/orders/{order_id}/gifts', { params }))).gifts,
    resendGift: (item_id) =>
      call(api.POST('/api/v1/marketplace/orders/{order_id}/gifts/{item_id}/resend', { params: { path: { order_id, item_id } } })),
    correctGift: (item_id, body) =>
      call(api.PUT('/api/v1/marketplace/orders/{order_id}/gifts/{item_id}', { params: { path: { order_id, item_id } }, body })),
    giftCode: (item_id) =>
      call(api.POST('/api/v1/marketplace/orders/{order_id}/gifts/{item_id}/code', { params: { path: { order_id, item_id } } })),
  };
}

/** Read the order that a link opens. */
export function sourceOfLink(token: string): OrderSource {
  const params = { path: { token } };
  const below = (product_id: string) => ({ params: { path: { token, product_id } } });
  return {
    downloads: async () => (await call(api.GET('/api/v1/marketplace/guest-orders/{token}/downloads', { params }))).downloads,
    archives: async (productId) =>
      (await call(api.GET('/api/v1/marketplace/guest-orders/{token}/archives/{product_id}', below(productId)))).archives,
    askArchive: (productId, format) =>
      call(api.POST('/api/v1/marketplace/guest-orders/{token}/archives/{product_id}', { ...below(productId), body: { format } })),
    invoice: (sellerId) =>
      readBlob(
        api.GET('/api/v1/marketplace/guest-orders/{token}/invoice', { params: { ...params, ...ofSeller(sellerId) }, parseAs: 'blob' }),
      ),
    contract: (item_id) =>
      readBlob(
        api.GET('/api/v1/marketplace/guest-orders/{token}/items/{item_id}/contract', {
          params: { path: { token, item_id } },
          parseAs: 'blob',
        }),
      ),
    original: () => null,
    gifts: async () => (await call(api.GET('/api/v1/marketplace/guest-orders/{token}/gifts', { params }))).gifts,
    resendGift: (item_id) =>
      call(api.POST('/api/v1/marketplace/guest-orders/{token}/gifts/{item_id}/resend', { params: { path: { token, item_id } } })),
    correctGift: (item_id, body) =>
      call(api.PUT('/api/v1/marketplace/guest-orders/{token}/gifts/{item_id}', { params: { path: { token, item_id } }, body })),
    giftCode: (item_id) =>
      call(api.POST('/api/v1/marketplace/guest-orders/{token}/gifts/{item_id}/code', { params: { path: { token, item_id } } })),
  };
}

function ofSeller(seller_id: string | undefined): { query?: { seller_id: string } } {
  return seller_id === undefined ? {} : { query: { seller_id } };
}
