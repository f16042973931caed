import { expect, test } from 'vitest';
import type { ReleaseDetails } from '../releases/releases';
import type { Product } from './products';
import { type Calls, type Offer, type Sale, type Step, doneOf, putOnSale } from './sale';

const OFFER: Offer = { cents: 600, currency: 'EUR', isChosen: true, at: null };

function release(more: Partial<ReleaseDetails> = {}): ReleaseDetails {
  return { id: 'r', title: 'Night Ferry', visibility: 'private', publish_at: null, ...more } as ReleaseDetails;
}

function product(more: Partial<Product> = {}): Product {
  return { id: 'p', status: 'draft', price_cents: 600, ...more } as Product;
}

/** A server of which one call fails, by its number. */
class Server {
  made: Product | null = null;
  said: string[] = [];
  failing: string | null = null;

  readonly calls: Calls = {
    find: () => this.#answer('find', () => this.made),
    create: (form) => this.#answer(`create ${JSON.stringify(form)}`, () => (this.made = product())),
    change: (_, change) =>
      this.#answer(`change ${JSON.stringify(change)}`, () => (this.made = product({ ...this.made, ...(change as Partial<Product>) }))),
    publish: (change) => this.#answer(`publish ${JSON.stringify(change)}`, () => release(change as Partial<ReleaseDetails>)),
  };

  #answer<T>(said: string, run: () => T): Promise<T> {
    this.said.push(said);
    if (this.failing !== null && said.startsWith(this.failing)) return Promise.reject(new Error(said));
    return Promise.resolve(run());
  }
}

test('a draft is made, then the release comes out, and then it is sold', async () => {
  const server = new Server();
  const steps: Step[] = [];

  const sale = await putOnSale({ product: null, release: release() }, OFFER, server.calls, (step) => steps.push(step));

  expect(steps).toEqual(['product', 'release', 'sale']);
  expect(doneOf(sale)).toEqual(['product', 'release', 'sale']);
  expect(server.said).toEqual([
    'find',
    'create {"title":"Night Ferry","type":"album","release_id":"r","status":"draft","description":"","licence":"","price_cents":600,"currency":"EUR","pricing":"pay_what_you_want"}',
    'publish {"visibility":"public"}',
    'change {"status":"published"}',
  ]);
});

test.each(['create', 'publish', 'change'])('after %s has failed it goes on, and makes nothing twice', async (failing) => {
  const server = new Server();
  let sale: Sale = { product: null, release: release() };
  const reached = (_: Step, now: Sale): void => void (sale = now);
  server.failing = failing;
  await expect(putOnSale(sale, OFFER, server.calls, reached)).rejects.toThrow(failing);
  expect(doneOf(sale)).not.toContain('sale');

  server.failing = null;
  sale = await putOnSale(sale, OFFER, server.calls, reached);

  expect(doneOf(sale)).toEqual(['product', 'release', 'sale']);
  expect(server.said.filter((each) => each.startsWith('create'))).toHaveLength(failing === 'create' ? 2 : 1);
});

test('a product whose making was not answered is found, and takes the new price', async () => {
  const server = new Server();
  server.made = product({ price_cents: 100 });

  await putOnSale({ product: null, release: release() }, { ...OFFER, isChosen: false }, server.calls, () => undefined);

  expect(server.said.slice(0, 2)).toEqual(['find', 'change {"price_cents":600,"currency":"EUR","pricing":"fixed"}']);
});

test('a release that is out stays as it is, and one of a later day takes that day', async () => {
  const at = '2027-01-01T10:00:00.000Z';
  const server = new Server();
  await putOnSale({ product: null, release: release({ visibility: 'public' }) }, OFFER, server.calls, () => undefined);
  expect(server.said.some((each) => each.startsWith('publish'))).toBe(false);

  await putOnSale({ product: null, release: release() }, { ...OFFER, at }, server.calls, () => undefined);
  expect(server.said).toContain(`publish {"visibility":"private","publish_at":"${at}"}`);
});
