import { expect, test } from 'vitest';
import { srtAddress } from './ways';

test('the key is the passphrase of the address for SRT', () => {
  const address = srtAddress('srt://[2001:db8::1]:9710?streamid=0197f3b2', 'live_a-b_c');
  expect(address).toBe('srt://[2001:db8::1]:9710?streamid=0197f3b2&passphrase=live_a-b_c');
});
