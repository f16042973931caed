/**
 * The first page until the application runs: the texts are in the page, and this draws the first row
 * of cards from the data that is in it as well. It is a part of the page, so that nothing has to be
 * loaded for it; the application takes its place with the same content (`taken.ts`).
 */

import type { Schemas } from '../api/client';
import { LANGUAGE, SESSION } from '../api/storedNames';
import { sources } from '../components/covers';
import { hueOf, initialsOf, writeLine } from '../components/names';
import { colouredBy } from '../components/palette';
import { drawPlaceholder } from '../components/placeholder';
import { CARDS, FIRST, commonArtist, toCards } from '../features/listen/newest';
import { type Message, format } from '../i18n/format';
import { applyTheme, readTheme } from '../shell/chosenTheme';
import { paintSite, readSite } from '../shell/identity';
import { read } from './taken';

type Track = Schemas['Track'];
type Look = Pick<Track, 'title' | 'cover_url' | 'cover_palette' | 'cover_placeholder'>;

const page = document.getElementById('first');
applyTheme(readTheme());
paintSite(readSite());
try {
  if (page) show(page);
} finally {
  // In a task of its own: browsers ask for pictures at the end of the one that shows them.
  setTimeout(startApplication);
}

function startApplication(): void {
  const files = document.querySelector<HTMLTemplateElement>('#first-files');
  if (files) document.head.append(document.importNode(files.content, true));
}

function show(page: HTMLElement): void {
  const row = page.querySelector('.newest');
  const found = read();
  const chosen = localStorage.getItem(LANGUAGE);
  // It is not what the reader will see: nothing is better than what is replaced.
  if (!row || !found || (chosen && chosen !== page.lang)) return page.remove();
  // Members choose between lists in place of reading what this is.
  page.querySelector(localStorage.getItem(SESSION) ? '.intro' : '.seg')?.remove();
  // What is on air comes before the row, and is drawn by the application.
  const { tracks } = found;
  if (found.streams.length > 0 || tracks.length === 0) return row.remove();
  const text = JSON.parse(page.dataset['new'] ?? '""') as Message;
  const cards = toCards(tracks, CARDS).map((card, place) => {
    if (!card.release) return draw(tracks[card.index], `/tracks/${card.key}`, (track) => writeLine(track.artists), place);
    const count = format(text, { count: card.tracks.length }, page.lang);
    const artist = commonArtist(card.tracks);
    return draw(card.release, `/releases/${card.release.id}`, () => (artist ? `${artist} · ${count}` : count), place);
  });
  row.querySelector('.covers')?.append(...cards);
}

/** Return a card as `TrackCard` and `NewRelease` have it. */
function draw<T extends Look>(shown: T | undefined, href: string, below: (shown: T) => string, place: number): Node {
  if (!shown) return document.createTextNode('');
  const card = make('article', 'card');
  colouredBy(shown.cover_palette)(card);
  const art = make('div', 'art');
  art.append(drawCover(shown, place));
  const link = make('a');
  link.setAttribute('href', href);
  link.append(make('b', 'cut', shown.title));
  card.append(art, link, make('p', 'sm quiet cut', below(shown)));
  return card;
}

/** Return a cover as `Cover` has it. */
function drawCover({ title, cover_url, cover_placeholder }: Look, place: number): HTMLElement {
  const cover = make('span', 'cover');
  cover.style.setProperty('--h', String(hueOf(title)));
  if (!cover_url) {
    const initial = make('span', 'initial');
    initial.dataset['i'] = initialsOf(title).slice(0, 1);
    cover.append(initial);
    return cover;
  }
  const below = drawPlaceholder(cover_placeholder);
  if (below) cover.style.backgroundImage = `url("${below}")`;
  const picture = document.createElement('img');
  picture.alt = '';
  picture.decoding = 'async';
  picture.loading = place < FIRST ? 'eager' : 'lazy';
  if (place < FIRST) picture.fetchPriority = 'high';
  picture.src = sources(cover_url, 'card').src;
  cover.append(picture);
  return cover;
}

function make(name: string, kind = '', text = ''): HTMLElement {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}
