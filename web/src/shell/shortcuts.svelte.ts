/** Keyboard shortcuts. None works while somebody types, and all can be switched off. */

import { untrack } from 'svelte';
import type { Key } from '../i18n/index.svelte';
import { changeSpeed, next, player, positionNow, previous, seek, setVolume, toggle, toggleMute } from '../features/player/engine.svelte';
import { type Playable, current } from '../features/player/queue';
import { navigate } from './router.svelte';
import { overlays } from './overlays.svelte';
import { toggleTheme } from './theme.svelte';

export interface Shortcut {
  /** As shown in the help. */
  keys: string;
  label: Key;
  matches: (event: KeyboardEvent) => boolean;
  run: () => void;
}

const STORED = 'veza.shortcuts';
const STEP_S = 5;
const STEP_VOLUME = 0.05;

class Shortcuts {
  areOn = $state(localStorage.getItem(STORED) !== 'off');
  /** Those of what is shown at the moment. */
  ofPage = $state.raw<readonly Shortcut[]>([]);
}

export const shortcuts = new Shortcuts();

function key(name: string, shift = false): (event: KeyboardEvent) => boolean {
  return (event) => event.key === name && event.shiftKey === shift;
}

function whilePlaying(run: (track: Playable) => void): void {
  const track = current(player.queue)?.track;
  if (track) run(track);
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: '/', label: 'keys.search', matches: (event) => event.key === '/', run: () => (overlays.search = true) },
  { keys: 'Space', label: 'keys.toggle', matches: key(' '), run: toggle },
  { keys: '←', label: 'keys.back', matches: key('ArrowLeft'), run: () => seek(positionNow() - STEP_S) },
  { keys: '→', label: 'keys.forward', matches: key('ArrowRight'), run: () => seek(positionNow() + STEP_S) },
  { keys: '⇧ ←', label: 'keys.previous', matches: key('ArrowLeft', true), run: previous },
  { keys: '⇧ →', label: 'keys.next', matches: key('ArrowRight', true), run: next },
  { keys: '+', label: 'keys.louder', matches: (event) => event.key === '+', run: () => setVolume(player.volume + STEP_VOLUME) },
  { keys: '−', label: 'keys.softer', matches: (event) => event.key === '-', run: () => setVolume(player.volume - STEP_VOLUME) },
  { keys: 'M', label: 'keys.mute', matches: key('m'), run: toggleMute },
  { keys: 'Q', label: 'keys.queue', matches: key('q'), run: () => (overlays.queue = !overlays.queue) },
  { keys: 'F', label: 'keys.player', matches: key('f'), run: () => whilePlaying(() => (overlays.player = !overlays.player)) },
  {
    keys: 'C',
    label: 'keys.comment',
    matches: key('c'),
    run: () => whilePlaying((track) => (overlays.comment = { track, position: Math.floor(positionNow()) })),
  },
  { keys: 'S', label: 'keys.sleep', matches: key('s'), run: () => (overlays.sleep = true) },
  { keys: '<', label: 'keys.slower', matches: (event) => event.key === '<', run: () => changeSpeed(-1) },
  { keys: '>', label: 'keys.faster', matches: (event) => event.key === '>', run: () => changeSpeed(1) },
  { keys: 'T', label: 'keys.theme', matches: key('t'), run: toggleTheme },
  { keys: '?', label: 'keys.help', matches: (event) => event.key === '?', run: () => (overlays.shortcuts = true) },
];

/** `G` and one of these go to a page. */
export const PLACES: readonly { key: string; path: string; label: Key }[] = [
  { key: 'H', path: '/', label: 'nav.home' },
  { key: 'L', path: '/live', label: 'nav.live' },
  { key: 'I', path: '/library', label: 'nav.library' },
];

/** Add shortcuts while what they act on is shown. Returns what takes them away. */
export function usePageShortcuts(added: readonly Shortcut[]): () => void {
  untrack(() => (shortcuts.ofPage = [...shortcuts.ofPage, ...added]));
  return () => (shortcuts.ofPage = shortcuts.ofPage.filter((each) => !added.includes(each)));
}

const GO_MS = 1500;
let goUntil = 0;

/** Switch all shortcuts on or off, in this browser. */
export function switchShortcuts(areOn: boolean): void {
  shortcuts.areOn = areOn;
  localStorage.setItem(STORED, areOn ? 'on' : 'off');
}

/** Listen for shortcuts, on the whole page. */
export function startShortcuts(): void {
  addEventListener('keydown', (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k' && !event.altKey) {
      event.preventDefault();
      overlays.search = true;
      return;
    }
    if (!shortcuts.areOn || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event)) return;
    if (goUntil > Date.now()) {
      goUntil = 0;
      const place = PLACES.find((each) => each.key === event.key.toUpperCase());
      if (place) navigate(place.path);
      return;
    }
    if (event.key === 'g') {
      goUntil = Date.now() + GO_MS;
      return;
    }
    const shortcut = [...shortcuts.ofPage, ...SHORTCUTS].find((each) => each.matches(event));
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run();
  });
}

/** Return whether the key belongs to what has the focus: a field, a button, a dialog. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  if (!target?.closest) return false;
  if (target.closest('input, textarea, select, [contenteditable], dialog, [role="slider"]')) return true;
  return (event.key === ' ' || event.key === 'Enter') && target.closest('button, a, summary') !== null;
}
