import { expect, test } from 'vitest';
import { type Fields, type Profile, changeOf, countChanges, fieldsOf, movedLink, readMusicBrainzId, sentLinks } from './fields';

const ID = '0f0e0d0c-1234-4abc-8def-0123456789ab';
const PROFILE = {
  handle: 'mira',
  display_name: 'Mira Solène',
  text: 'Tides.',
  place: 'Roscoff',
  contact: '',
  avatar_alt: '',
  musicbrainz_id: null,
  tdm_reserved: false,
  links: [
    { url: 'https://a.example/', label: 'A' },
    { url: 'https://b.example/', label: '' },
  ],
} as unknown as Profile;

function fieldsWith(changes: Partial<Fields>): Fields {
  return { ...fieldsOf(PROFILE), ...changes };
}

test('what was not changed is not counted, and sent as it is', () => {
  const fields = fieldsOf(PROFILE);
  expect(countChanges(fields, fieldsOf(PROFILE))).toBe(0);
  expect(countChanges(fields, fieldsWith({ place: ' Roscoff ' }))).toBe(0);
  expect(changeOf(fields)).toEqual({
    display_name: 'Mira Solène',
    text: 'Tides.',
    place: 'Roscoff',
    contact: '',
    avatar_alt: '',
    musicbrainz_id: null,
    tdm_reserved: false,
    links: PROFILE.links,
  });
});

test('each field that differs is counted once, also the username', () => {
  const fields = fieldsOf(PROFILE);
  expect(countChanges(fields, fieldsWith({ name: 'M', text: '', username: 'mira2' }))).toBe(3);
  expect(countChanges(fields, fieldsWith({ links: movedLink(fields.links, 0, 1) }))).toBe(1);
});

test('a name that is the username is none', () => {
  expect(fieldsOf({ ...PROFILE, display_name: 'mira' }).name).toBe('');
  expect(changeOf(fieldsWith({ name: ' ' })).display_name).toBeNull();
});

test('links are sent in their order, without empty ones, and are of the web', () => {
  const links = ['c.example', '', 'http://d.example', ' https://e.example '].map((url, key) => ({ key, url, label: '' }));
  expect(changeOf(fieldsWith({ links })).links.map((each) => each.url)).toEqual([
    'https://c.example',
    'http://d.example',
    'https://e.example',
  ]);
  expect(sentLinks(fieldsWith({ links: [{ key: 0, url: ' ', label: 'Only a label' }] }))).toHaveLength(1);
});

test('links move by a place, and not beyond the ends', () => {
  const { links } = fieldsOf(PROFILE);
  const order = (moved: typeof links): string[] => moved.map((each) => each.url.slice(8, 9));
  expect(order(movedLink(links, 0, 1))).toEqual(['b', 'a']);
  expect(order(movedLink(links, 0, -1))).toEqual(['a', 'b']);
  expect(order(movedLink(links, 1, 1))).toEqual(['a', 'b']);
});

test('an id of MusicBrainz may be pasted as an address', () => {
  expect(readMusicBrainzId(`https://musicbrainz.org/artist/${ID.toUpperCase()}?x`)).toBe(ID);
  expect(readMusicBrainzId('  ')).toBeNull();
  expect(readMusicBrainzId(' no id ')).toBe('no id');
});
