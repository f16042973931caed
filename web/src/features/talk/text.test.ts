import { expect, test } from 'vitest';
import { piecesOf } from './text';

function links(text: string): (string | null)[][] {
  return piecesOf(text)
    .filter((piece) => piece.href !== null)
    .map((piece) => [piece.text, piece.href]);
}

test('addresses, mentions and tags are links', () => {
  expect(links('@ana.b, hear #LoFi at https://veza.example/x?a=1.')).toEqual([
    ['@ana.b', '/artists/ana.b'],
    ['#LoFi', '/tags/LoFi'],
    ['https://veza.example/x?a=1', 'https://veza.example/x?a=1'],
  ]);
});

test('nothing else is', () => {
  expect(links('me@example.org, #1, a#b, javascript:alert(1), http://')).toEqual([]);
});

test('the pieces are the text', () => {
  const text = 'a @b #ćć (https://x.y/z) <b>&#39;';
  expect(
    piecesOf(text)
      .map((piece) => piece.text)
      .join(''),
  ).toBe(text);
});
