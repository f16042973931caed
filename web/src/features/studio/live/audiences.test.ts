import { expect, test } from 'vitest';
import { audienceOf, changeOf, draftOf, splitNames } from './audiences';

test('only what belongs to the audience is sent', () => {
  const draft = { ...draftOf(null), tier_id: 't', product_id: 'p', password: 'x', guests: '@ann, bob;ann  cy' };
  expect(audienceOf({ ...draft, audience: 'public' })).toEqual({ audience: 'public' });
  expect(audienceOf({ ...draft, audience: 'members' })).toEqual({ audience: 'members', tier_id: 't' });
  expect(audienceOf({ ...draft, audience: 'buyers' })).toEqual({ audience: 'buyers', product_id: 'p' });
  expect(audienceOf({ ...draft, audience: 'password' })).toEqual({ audience: 'password', password: 'x' });
  expect(audienceOf({ ...draft, audience: 'password', password: '' })).toEqual({ audience: 'password' });
  expect(audienceOf({ ...draft, audience: 'named' })).toEqual({ audience: 'named', guests: ['ann', 'bob', 'cy'] });
  expect(splitNames(' , ')).toEqual([]);
});

test('an audience that stays as it is is not sent, also without its tier', () => {
  const stream = { audience: 'members', tier_id: null, product_id: null, guests: [] } as const;
  const draft = draftOf({ ...stream, guests: [] });
  expect(changeOf(draft, { ...stream, guests: [] })).toEqual({});
  expect(changeOf(draft, null)).toEqual({ audience: 'members', tier_id: null });
  expect(changeOf({ ...draft, audience: 'public' }, { ...stream, guests: [] })).toEqual({ audience: 'public' });
});
