import { expect, test } from 'vitest';
import { audienceOf, draftOf, splitNames } from './audiences';

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
