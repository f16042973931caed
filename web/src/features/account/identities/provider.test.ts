import { expect, test } from 'vitest';
import { readTold } from './provider';

test('a fragment tells what came of a sign-in at a provider, in our words', () => {
  expect(readTold('')).toBeNull();
  expect(readTold('#token=x')).toBeNull();
  expect(readTold('#openid=done&expires_in=3600&sign_out_at=community')).toEqual({ kind: 'done', expiresIn: 3600, signOutAt: 'community' });
  expect(readTold('#openid=done&expires_in=x')).toEqual({ kind: 'done', expiresIn: 0, signOutAt: null });
  expect(readTold('#openid=challenge&challenge=abc&methods=code,recovery_code&expires_in=300')).toEqual({
    kind: 'challenge',
    challenge: { challenge: 'abc', methods: { code: true, recovery_code: true }, expires_in: 300 },
    signOutAt: null,
  });
  expect(readTold('#openid=error&code=no_account')).toEqual({ kind: 'error', text: 'identities.error.no_account', appeal: null });
  expect(readTold('#openid=error&code=<script>')).toEqual({ kind: 'error', text: 'identities.error.other', appeal: null });
});
