import { expect, test } from 'vitest';
import { admissionOf, appealPageOf, decisionOf } from './appeals';

const PAGE = '/appeal/0190a1b2-0000-7000-8000-000000000001';

test('a fragment admits with both parts only', () => {
  expect(admissionOf('#expires=1790000000&signature=ab_c-1')).toEqual({ expires: 1790000000, signature: 'ab_c-1' });
  for (const hash of ['', '#', '#expires=1790000000', '#signature=abc', '#expires=soon&signature=abc'])
    expect(admissionOf(hash)).toEqual({});
});

test('only pages about sanctions are linked to', () => {
  expect(appealPageOf(`${PAGE}#expires=1&signature=ab_c-1`)).toBe(`${PAGE}#expires=1&signature=ab_c-1`);
  expect(appealPageOf(PAGE)).toBe(PAGE);
  for (const link of [null, undefined, '', '//evil.example/appeal', `https://evil.example${PAGE}`, '/settings', `${PAGE}/../x`])
    expect(appealPageOf(link)).toBeNull();
});

test('it is told whether a person or a program decided', () => {
  expect(decisionOf({ automated: true, automation: 'notice' })).toBe('appeal.found.program');
  expect(decisionOf({ automated: false, automation: 'notice' })).toBe('appeal.found.programFirst');
  expect(decisionOf({ automated: false, automation: 'match' })).toBe('appeal.found.programFirst');
  expect(decisionOf({ automated: false, automation: null })).toBe('appeal.found.person');
});
