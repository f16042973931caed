import { expect, test } from 'vitest';
import { musicLinksIn } from './links';

const ORIGIN = 'https://veza.example';
const ID = '019a1b2c-0000-7000-8000-000000000001';

test.each([
  [`${ORIGIN}/tracks/${ID}`, ['tracks']],
  [`Hear ${ORIGIN}/releases/${ID.toUpperCase()}?t=12, and ${ORIGIN}/playlists/${ID}.`, ['releases', 'playlists']],
  [`${ORIGIN}/tracks/${ID} again ${ORIGIN}/tracks/${ID}/`, ['tracks']],
  [`https://elsewhere.example/tracks/${ID}`, []],
  [`${ORIGIN}.evil.example/tracks/${ID}`, []],
  [`${ORIGIN}/tracks/not-an-id ${ORIGIN}/artists/${ID} ${ORIGIN}/tracks/${ID}/edit`, []],
  [`/tracks/${ID}`, []],
])('of %s', (text, kinds) => {
  const found = musicLinksIn(text, ORIGIN);
  expect(found.map((each) => each.kind)).toEqual(kinds);
  expect(found.every((each) => each.id === ID)).toBe(true);
});

test('a message shows three cards at most', () => {
  const ids = [1, 2, 3, 4].map((each) => ID.slice(0, -1) + String(each));
  expect(musicLinksIn(ids.map((id) => `${ORIGIN}/tracks/${id}`).join(' '), ORIGIN)).toHaveLength(3);
});
