import { expect, test, vi } from 'vitest';
import { ApiError, type FieldError } from './errors';

vi.stubGlobal('navigator', { onLine: true, languages: ['de'] });
vi.stubGlobal('localStorage', { getItem: () => 'de', setItem: () => undefined });
vi.stubGlobal('document', { documentElement: {} });

function refused(...details: FieldError[]): ApiError {
  return new ApiError({ error: 'The input is not valid.', code: 'invalid_input', request_id: 'r1', details }, 400);
}

test('a refusal is explained by its code as soon as the sentences are there, and by its status before', async () => {
  const { loadMessages } = await import('../i18n/index.svelte');
  await loadMessages('common');
  const { explain, loadRefusals } = await import('./explain');
  const full = new ApiError({ error: 'You have 1,000 playlists.', code: 'too_many_playlists', request_id: 'r1' }, 409);
  const often = new ApiError({ error: 'Wait.', code: 'hourly_limit_reached', request_id: 'r2' }, 429, 600);
  const unknown = new ApiError({ error: 'Not Acceptable', code: 'http_406', request_id: '' }, 406);
  const before = explain(full);
  await loadRefusals();
  expect([before, explain(full), explain(often), explain(unknown)]).toEqual([
    'Das wurde nicht angenommen: Prüfe, was du eingegeben hast.',
    'Du hast 1.000 Playlists, mehr gehen nicht: Lösche zuerst einige.',
    'Du hast das in einer Stunde sehr oft getan. Versuche es in 10 Minuten wieder.',
    'Das wurde nicht angenommen: Prüfe, was du eingegeben hast.',
  ]);
});

test('a refused field is explained in the language of the reader, whatever the server says', async () => {
  const { loadMessages } = await import('../i18n/index.svelte');
  await loadMessages('common');
  const { explain, explainField, loadRefusals } = await import('./explain');
  const tooLong: FieldError = { field: 'title', message: 'This has at most 200 characters.', rule: 'too_long', limit: 200 };
  expect(explain(refused(tooLong))).toBe('Schreib höchstens 200 Zeichen.');
  expect(explainField({ field: 'upc', message: 'This is no bar code.' })).toBe('Das wird hier nicht angenommen.');
  await loadRefusals();
  expect(explainField({ field: 'upc', message: 'Enter 12 digits.', rule: 'not_a_upc' })).toBe(
    'Gib 12 oder 13 Ziffern ein; die letzte ist die Prüfziffer der anderen.',
  );
  expect(explain(refused())).toBe('Das wurde nicht angenommen: Prüfe, was du eingegeben hast.');
});
