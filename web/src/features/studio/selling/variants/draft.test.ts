import { expect, test } from 'vitest';
import { type Variant, draftOf, findWrong, formOf, newDraft, nextKind, readLimit } from './draft';

const VARIANT: Variant = {
  id: 'a',
  kind: 'stems',
  title: 'Stems',
  price_cents: 4950,
  file_ids: ['f'],
  includes_contents: true,
  terms: { max_streams: 10_000, max_copies: null, years: 2, may_perform: true, may_use_in_video: false, may_broadcast: false },
  credit_line: 'Produced by Ann',
  clauses: 'Nothing is resold.',
};

test('a variant is read and written as it was', () => {
  expect(formOf(draftOf(VARIANT, 'EUR', 'de'), 'EUR')).toEqual(VARIANT);
});

test('limits are whole numbers, or none', () => {
  expect(readLimit('')).toBe(null);
  expect(readLimit('100.000')).toBe(100_000);
  expect(readLimit('100 000')).toBe(100_000);
  for (const wrong of ['0', '-1', 'many', '10000000000']) expect(readLimit(wrong)).toBe(undefined);
  expect(readLimit('101', 100)).toBe(undefined);
});

test('the first wrong field is found', () => {
  const draft = { ...newDraft('lease', 'Lease', ['f']), price: '20' };
  expect(findWrong(draft, 'EUR')).toBe(null);
  expect(findWrong({ ...draft, title: ' ' }, 'EUR')).toBe('title');
  expect(findWrong({ ...draft, price: 'much' }, 'EUR')).toBe('price');
  expect(findWrong({ ...draft, fileIds: [] }, 'EUR')).toBe('files');
  expect(findWrong({ ...draft, fileIds: [], includesContents: true }, 'EUR')).toBe(null);
  expect(findWrong({ ...draft, years: '0' }, 'EUR')).toBe('years');
});

test('the next variant is of a kind that is not there yet', () => {
  expect(nextKind([])).toBe('lease');
  expect(nextKind([newDraft('lease', '', []), newDraft('stems', '', [])])).toBe('unlimited');
});
