import { expect, test } from 'vitest';
import { type CheckedLink, areChecked, codeFor, stateOf } from './checks';

const link = (url: string, more: Partial<CheckedLink> = {}): CheckedLink => ({ url, label: '', is_verified: false, ...more });

test('a verified link stays so while its page is away, and one that was never checked has no state', () => {
  const links = [
    link('https://a.example/', { is_verified: true, outcome: 'away' }),
    link('https://b.example/', { outcome: 'missing' }),
    link('https://c.example/', { outcome: 'away' }),
    link('https://d.example/'),
  ];
  const states = ['a', 'b', 'c', 'd', 'e'].map((name) => stateOf(` https://${name}.example/`, links));
  expect(states).toEqual(['verified', 'missing', 'away', null, null]);
});

test('the line for a page has the short address of the profile', () => {
  expect(codeFor('https://veza.example', 'mira_s')).toBe('<a rel="me" href="https://veza.example/@mira_s">@mira_s</a>');
});

test('a check is over when each link has a newer one', () => {
  const before = [link('https://a.example/', { checked_at: '2026-12-01T10:00:00Z' }), link('https://b.example/')];
  const later = { checked_at: '2026-12-01T11:00:00Z' };
  expect(areChecked(before, before)).toBe(false);
  expect(areChecked(before, [link('https://a.example/', later), link('https://b.example/')])).toBe(false);
  expect(areChecked(before, [link('https://a.example/', later), link('https://b.example/', later)])).toBe(true);
});
