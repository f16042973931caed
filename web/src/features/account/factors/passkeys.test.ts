import { describe, expect, it } from 'vitest';
import { decode, encode } from './passkeys';

describe('base64url', () => {
  it('keeps all bytes, without padding and without letters that mean something in addresses', () => {
    for (const length of [0, 1, 2, 3, 256]) {
      const content = Uint8Array.from({ length }, (_, at) => 255 - at);
      const text = encode(content.buffer);
      expect(text).toMatch(/^[\w-]*$/);
      expect(decode(text)).toEqual(content);
    }
  });
});
