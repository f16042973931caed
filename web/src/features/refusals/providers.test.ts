import { expect, test, vi } from 'vitest';

vi.stubGlobal('navigator', { onLine: true, languages: ['de'] });
vi.stubGlobal('localStorage', { getItem: () => 'de', setItem: () => undefined });
vi.stubGlobal('document', { documentElement: {} });

test('what a provider refuses is said in the language of the reader, by its code', async () => {
  const { loadMessages } = await import('../../i18n/index.svelte');
  await loadMessages('common', 'refusals');
  const { explainProvider, explainReason } = await import('./providers');
  const said = [
    'insufficient_funds: Your card has insufficient funds.',
    'XX_99: Something odd happened',
    'Something odd happened.',
    'CE_05',
  ];
  expect(said.map(explainProvider)).toEqual([
    'Auf der Karte oder dem Konto ist nicht genug Geld.',
    'Der Zahlungsanbieter hat es abgelehnt (Code XX_99).',
    'Der Zahlungsanbieter hat es abgelehnt.',
    'Die Karte ist abgelaufen.',
  ]);
  expect(explainProvider('It was paid by hyperswitch, which is not connected any more.')).toContain('nicht mehr verbunden');
  expect([explainReason('Klingt anders: leiser'), explainReason('The seller cancelled the pre-orders.')]).toEqual([
    'Klingt anders: leiser',
    'Die Vorbestellungen wurden vom Verkäufer storniert.',
  ]);
});
