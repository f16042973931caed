import { afterEach, expect, test, vi } from 'vitest';
import { findPaymentForm, isCheckoutDocument } from './paymentForm';

afterEach(() => vi.unstubAllGlobals());

test('only a document that was sent for a checkout admits the form', () => {
  vi.stubGlobal('location', { href: 'https://veza.test/checkout/a' });
  const sent = (name: string): void => {
    vi.stubGlobal('performance', { getEntriesByType: () => [{ name }] });
  };
  sent('https://veza.test/checkout/a');
  expect(isCheckoutDocument()).toBe(true);
  sent('https://veza.test/cart');
  expect(isCheckoutDocument()).toBe(false);
});

test('the form is the one that the server named', () => {
  const form = { script_url: 'https://js.test/a.js', api_url: 'https://api.test', publishable_key: 'pk_1' };
  expect(findPaymentForm(JSON.stringify(form))).toEqual(form);
  expect(findPaymentForm(null)).toBeNull();
});
