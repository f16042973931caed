import { expect, test } from 'vitest';
import { findMeant, isClose } from './address';
import { readPlaced } from './links';

test('one wrong letter in a known domain is noticed', () => {
  for (const typed of ['maren@gmial.com', 'maren@gmail.co', 'maren@gmail.con', 'maren@gmaill.com', 'maren@GMIAL.com'])
    expect(findMeant(typed), typed).toBe('maren@gmail.com');
  expect(findMeant('maren@outlok.com')).toBe('maren@outlook.com');
});

test('other addresses are left alone', () => {
  for (const typed of ['maren@gmail.com', 'maren@post.example', 'maren@gmx.org', 'maren', '@gmial.com', 'maren@hotmail.fr', ''])
    expect(findMeant(typed), typed).toBeNull();
});

test('texts are close by one letter', () => {
  expect(isClose('abcd', 'abd')).toBe(true);
  expect(isClose('abcd', 'acbd')).toBe(true);
  expect(isClose('abcd', 'badc')).toBe(false);
});

test('stored orders are read as far as they are some, and not too old', () => {
  const placed = { orderId: 'a', token: 't', placedAt: 1000 };
  expect(readPlaced(JSON.stringify([placed, null, {}, 1]), 2000)).toEqual([placed]);
  expect(readPlaced(JSON.stringify([placed]), 1000 + 2 * 24 * 3_600_000)).toEqual([]);
  for (const broken of [null, '', '{', '{}', 'null']) expect(readPlaced(broken, 0)).toEqual([]);
});
