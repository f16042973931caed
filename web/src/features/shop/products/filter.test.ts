import { expect, test } from 'vitest';
import { readFilter, writeFilter } from './filter';

test('filters are read as they were written', () => {
  const seller = '0198c0de-0000-7000-8000-000000000001';
  for (const filter of [
    { search: 'night & day', type: 'album', sort: 'price_asc', seller },
    { search: '', type: null, sort: null, seller: null },
  ] as const) {
    expect(readFilter(new URLSearchParams(writeFilter(filter)))).toEqual(filter);
  }
  expect(writeFilter({ search: '', type: null, sort: null, seller: null })).toBe('');
});

test('what is no filter is left out', () => {
  expect(readFilter(new URLSearchParams('type=car&sort=up&seller=me'))).toEqual({ search: '', type: null, sort: null, seller: null });
});
