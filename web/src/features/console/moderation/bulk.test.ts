import { expect, test } from 'vitest';
import { idsIn } from './bulk';

test('ids are found in addresses, each once', () => {
  const id = '0198c0de-0000-7000-8000-000000000001';
  expect(idsIn(`https://veza.example/console/members/${id}\n ${id.toUpperCase()}, x`)).toEqual([id]);
  expect(idsIn('nothing')).toEqual([]);
});
