import { beforeAll, expect, test, vi } from 'vitest';
import type { Notification } from '../frames';

vi.stubGlobal('navigator', { onLine: true, languages: ['en'] });
vi.stubGlobal('localStorage', { getItem: () => 'en', setItem: () => undefined });
vi.stubGlobal('document', { documentElement: {} });

const { loadMessages } = await import('../../../i18n/index.svelte');
const { linkOf, noteOf, textOf } = await import('./notes');

beforeAll(() => loadMessages('talk'));

const page = { id: 'p', username: 'nova', display_name: 'Nova', handle: 'nova', avatar_url: null };

function note(kind: Notification['kind'], subjects: Partial<Notification> = {}): Notification {
  return { kind, actors: [page], actors_count: 1, ...subjects } as Notification;
}

test('what a profile is asked leads to where it is answered', () => {
  const track = { id: 't', title: 'Night Ferry' };
  const split = { id: 's', title: 'Night Ferry', product_id: 'x', release_id: null, profile_id: null };
  const support = { id: 's', title: 'Nova', product_id: null, release_id: null, profile_id: 'p' };
  const [profiles, splits] = ['/settings/profiles', '/studio/splits'];
  const asked: [Notification, string, string][] = [
    [note('profile_invitation'), 'Nova invites you to take part in its page', profiles],
    [note('roster_proposal'), 'Nova asks you to join its roster', profiles],
    [note('credit_request', { track }), 'Nova credits you on “Night Ferry”: confirm or decline it', profiles],
    [note('split_proposal', { split }), 'Nova proposes how to split what “Night Ferry” earns', splits],
    [note('split_proposal', { split: support }), 'Nova proposes how to split what tips and memberships earn', splits],
  ];
  for (const [each, text, page] of asked) {
    expect(linkOf(each)).toBe(page);
    expect(textOf(each)).toBe(text);
  }
});

test('a recording that expires leads to where it is made into a track', () => {
  const shown = note('recording_expiring', { actors: [], actors_count: 0, stream: { id: 's', title: 'Dusk' } });
  expect(linkOf(shown)).toBe('/studio/live/recordings');
  expect(textOf(shown)).toBe('The recording of “Dusk” is deleted in a few days, unless you make it into a track');
});

test('a page that was claimed is linked', () => {
  expect(linkOf(note('profile_claimed'))).toBe('/artists/nova');
  expect(textOf(note('profile_claimed'))).toBe('Nova claimed the page that you ran for them');
});

test('a tip has an amount and words, with or without the name of who gave it', () => {
  const tip = { giver: 'Maren', amount_cents: 500, message: 'Encore!' };
  const sale = { id: 'o', title: 'Nova', kind: 'tip', share_cents: 450, currency: 'EUR', tip } as const;
  const shown = note('sale', { actors: [], actors_count: 0, sale });
  expect([textOf(shown), noteOf(shown), linkOf(shown)]).toEqual(['Maren sent you a tip of €5.00', 'Encore!', '/studio/sales/tips']);
  expect(textOf({ ...shown, sale: { ...sale, tip: { ...tip, giver: null } } })).toBe('Somebody sent you a tip of €5.00');
  expect(textOf(note('sale_refunded', { refund: { ...sale, order_id: 'o', amount_cents: 500 } }))).toBe(
    'A sale of Tip to Nova was refunded',
  );
});

test('a picture that is held has no title, and leads nowhere', () => {
  const track = { id: 't', title: 'Night Ferry' };
  expect(textOf(note('item_held'))).toBe('A picture of yours waits until staff has looked at it');
  expect(linkOf(note('item_held'))).toBeNull();
  expect(textOf(note('item_held', { track }))).toBe('“Night Ferry” waits until staff has looked at it');
  expect(linkOf(note('item_held', { track }))).toBe('/tracks/t');
});
