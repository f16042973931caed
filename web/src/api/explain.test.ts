import { expect, test, vi } from 'vitest';
import { ApiError, type FieldError } from './errors';

vi.stubGlobal('navigator', { onLine: true, languages: ['de'] });
vi.stubGlobal('localStorage', { getItem: () => 'de', setItem: () => undefined });
vi.stubGlobal('document', { documentElement: {} });

function refused(...details: FieldError[]): ApiError {
  return new ApiError({ error: 'The input is not valid.', code: 'invalid_input', request_id: 'r1', details }, 400);
}

test('a refused field is explained in the language of the reader, whatever the server says', async () => {
  const { loadMessages } = await import('../i18n/index.svelte');
  await loadMessages('common');
  const { explain, explainField } = await import('./explain');
  const tooLong: FieldError = { field: 'title', message: 'This has at most 200 characters.', rule: 'too_long', limit: 200 };
  expect(explain(refused(tooLong))).toBe('Schreib höchstens 200 Zeichen.');
  expect(explainField({ field: 'upc', message: 'This is no bar code.' })).toBe('Das wird hier nicht angenommen.');
  expect(explain(refused())).toBe('The input is not valid.');
});
