/**
 * The player that other sites embed. It uses no framework, stores nothing, and asks for everything
 * without credentials. What it plays is in the page.
 */

import './embed.css';
import { sources } from '../components/covers';
import { drawBars } from '../components/bars';
import { Listening } from '../features/player/plays';
import { choose, fill, languages } from './messages';
import { isLight, readOptions, showTime } from './options';

interface Track {
  id: string;
  title: string;
  artist: string;
  seconds: number | null;
  /** True if it is explicit, and the site marks that. */
  is_marked: boolean;
}
interface Content {
  page: string;
  title: string;
  artist: string;
  artist_page: string;
  cover_url: string | null;
  tracks: Track[];
}

const STEP_S = 5;
const LEAP_S = 30;
const BARS = 120;
const ICONS = { play: 'M8 5v14l11-7z', pause: 'M7 5h4v14H7zM13 5h4v14h-4z' };

const language = choose(navigator.languages);
const say = languages[language];
const root = document.getElementById('player') ?? document.body;
const content = JSON.parse(document.getElementById('content')?.textContent ?? 'null') as Content | null;

function make<K extends keyof HTMLElementTagNameMap>(name: K, className: string, text = ''): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

function draw(box: string, path: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', box);
  svg.setAttribute('aria-hidden', 'true');
  shape.setAttribute('d', path);
  svg.append(shape);
  return svg;
}

function link(className: string, text: string, path: string): HTMLAnchorElement {
  const anchor = make('a', className, text);
  anchor.href = path;
  anchor.target = '_blank';
  anchor.rel = 'noopener';
  return anchor;
}

/** Return the sign of explicit tracks, with its word for who hears the page. */
function makeMark(): HTMLElement {
  const mark = make('span', 'mark');
  mark.title = say.explicit;
  const sign = make('span', '', 'E');
  sign.setAttribute('aria-hidden', 'true');
  mark.append(sign, make('span', 'sr', say.explicit));
  return mark;
}

function dress(): void {
  const { theme, color } = readOptions(location.search);
  document.documentElement.lang = language;
  if (theme) document.documentElement.dataset['theme'] = theme;
  if (!color) return;
  document.documentElement.style.setProperty('--accent', `#${color}`);
  document.documentElement.style.setProperty('--on-accent', isLight(color) ? '#000' : '#fff');
}

function show(shown: Content): void {
  const audio = new Audio();
  audio.preload = 'none';
  const button = make('button', 'play');
  button.type = 'button';
  const cover = shown.cover_url ? make('img', 'cover') : make('div', 'cover');
  if (cover instanceof HTMLImageElement && shown.cover_url) {
    cover.alt = '';
    cover.src = sources(shown.cover_url, 'card').src;
  }
  const heading = make('h1', 'title');
  const title = link('', shown.title, shown.page);
  if (shown.tracks.length === 1 && shown.tracks[0]?.is_marked) title.append(makeMark());
  heading.append(title);
  const artist = link('artist', shown.artist, shown.artist_page);
  const home = link('home', 'Veza', shown.page);
  home.setAttribute('aria-label', say.open);
  const wave = make('div', 'wave');
  wave.tabIndex = 0;
  const marks = { role: 'slider', 'aria-label': say.position, 'aria-valuemin': '0' };
  for (const [name, value] of Object.entries(marks)) wave.setAttribute(name, value);
  const layers = [draw(`0 0 ${BARS} 100`, drawBars([], BARS)), draw(`0 0 ${BARS} 100`, drawBars([], BARS))];
  for (const layer of layers) layer.setAttribute('preserveAspectRatio', 'none');
  wave.append(...layers);
  const time = make('span', 'time');
  const status = make('p', 'status');
  status.setAttribute('role', 'status');
  const list = make('ol', 'tracks');
  list.setAttribute('aria-label', say.tracks);

  let index = 0;
  let listening: Listening | null = null;
  let isLoaded = false;
  let shownSecond = -1;
  const track = (): Track | undefined => shown.tracks[index];
  const duration = (): number => (Number.isFinite(audio.duration) && isLoaded ? audio.duration : (track()?.seconds ?? 0));

  function report(id: string, seconds: number): void {
    const referrer = document.referrer || null;
    void fetch(`/api/v1/tracks/${id}/plays`, {
      method: 'POST',
      credentials: 'omit',
      keepalive: true,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ listened_seconds: seconds, ...(referrer && { referrer: referrer.slice(0, 2000) }) }),
    }).catch(() => undefined);
  }

  function refresh(): void {
    const [position, length] = [isLoaded ? audio.currentTime : 0, duration()];
    wave.style.setProperty('--p', `${length > 0 ? Math.min(100, (position / length) * 100) : 0}%`);
    if (Math.floor(position) === shownSecond) return;
    shownSecond = Math.floor(position);
    const texts = { position: showTime(position), duration: showTime(length) };
    wave.setAttribute('aria-valuemax', String(Math.round(length)));
    wave.setAttribute('aria-valuenow', String(shownSecond));
    wave.setAttribute('aria-valuetext', fill(say.of, texts));
    time.textContent = `${texts.position} / ${texts.duration}`;
  }

  function showState(): void {
    const state = audio.paused ? 'play' : 'pause';
    button.setAttribute('aria-label', `${say[state]}: ${track()?.title ?? ''}`);
    button.replaceChildren(draw('0 0 24 24', ICONS[state]));
    for (const [at, item] of [...list.children].entries()) {
      const row = item.firstElementChild;
      if (at === index) row?.setAttribute('aria-current', 'true');
      else row?.removeAttribute('aria-current');
    }
  }

  async function loadWave(id: string): Promise<void> {
    const answer = await fetch(`/api/v1/tracks/${id}/waveform`, { credentials: 'omit' }).catch(() => null);
    const body = answer?.ok ? ((await answer.json()) as { data: { peaks: number[] } }) : null;
    if (id !== track()?.id) return;
    for (const layer of layers) layer.firstElementChild?.setAttribute('d', drawBars(body?.data.peaks ?? [], BARS));
  }

  function select(at: number): void {
    index = at;
    isLoaded = false;
    shownSecond = -1;
    status.textContent = '';
    audio.pause();
    const chosen = track();
    if (!chosen) return;
    listening = new Listening((seconds) => report(chosen.id, seconds));
    void loadWave(chosen.id);
    showState();
    refresh();
  }

  function play(): void {
    const chosen = track();
    if (!chosen) return;
    if (!isLoaded) {
      audio.src = `/api/v1/tracks/${chosen.id}/stream`;
      isLoaded = true;
    }
    listening?.jump();
    audio.play().then(
      () => (status.textContent = fill(say.playing, { title: chosen.title, artist: chosen.artist })),
      (error: unknown) => {
        if (!(error instanceof DOMException) || error.name !== 'AbortError') status.textContent = say.failed;
      },
    );
  }

  function seek(seconds: number): void {
    const to = Math.max(0, Math.min(duration(), seconds));
    if (!isLoaded) play();
    listening?.jump();
    audio.currentTime = to;
    refresh();
  }

  button.addEventListener('click', () => (audio.paused ? play() : audio.pause()));
  wave.addEventListener('pointerdown', (event) => {
    const box = wave.getBoundingClientRect();
    if (event.button === 0 && box.width > 0) seek(((event.clientX - box.left) / box.width) * duration());
  });
  wave.addEventListener('keydown', (event) => {
    const now = isLoaded ? audio.currentTime : 0;
    const moves: Record<string, number> = {
      ArrowRight: now + STEP_S,
      ArrowUp: now + STEP_S,
      ArrowLeft: now - STEP_S,
      ArrowDown: now - STEP_S,
      PageUp: now + LEAP_S,
      PageDown: now - LEAP_S,
      Home: 0,
      End: duration(),
    };
    const to = moves[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    seek(to);
  });
  for (const name of ['play', 'pause']) audio.addEventListener(name, showState);
  audio.addEventListener('timeupdate', () => {
    if (!audio.paused && !audio.seeking) listening?.at(audio.currentTime, duration());
    refresh();
  });
  audio.addEventListener('ended', () => {
    listening?.end(duration());
    if (index + 1 >= shown.tracks.length) return select(0);
    select(index + 1);
    play();
  });
  audio.addEventListener('error', () => {
    if (isLoaded) status.textContent = say.failed;
    isLoaded = false;
    showState();
  });

  for (const [at, each] of shown.tracks.entries()) {
    const row = make('button', 'row');
    row.type = 'button';
    const name = make('span', 'name', each.title);
    if (each.is_marked) name.append(makeMark());
    if (each.artist !== shown.artist) name.append(make('span', 'by', ` ${each.artist}`));
    row.append(make('span', 'number', String(at + 1)), name, make('span', 'length', each.seconds === null ? '' : showTime(each.seconds)));
    row.addEventListener('click', () => {
      select(at);
      play();
    });
    const item = make('li', '');
    item.append(row);
    list.append(item);
  }

  const texts = make('div', 'texts');
  texts.append(heading, artist);
  const top = make('div', 'top');
  top.append(button, texts, home);
  const bottom = make('div', 'bottom');
  bottom.append(wave, time);
  const right = make('div', 'right');
  right.append(top, bottom);
  const card = make('div', 'card');
  card.append(cover, right);
  root.replaceChildren(card, status);
  if (shown.tracks.length > 1) root.append(list);
  if (shown.tracks.length === 0) {
    button.disabled = true;
    status.textContent = say.missing;
  }
  select(0);
}

dress();
if (content) show(content);
else root.replaceChildren(make('p', 'empty', say.missing), link('home', say.open, '/'));
