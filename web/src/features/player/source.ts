/**
 * The source of an audio element: a file, or the smaller level of HLS, which takes half of the data. Browsers
 * that cannot play HLS do so by hls.js, which is loaded when the first such track is played.
 */

import type Hls from 'hls.js';
import { acting, asActing } from '../../api/acting.svelte';

/** The tracks that are kept in this browser, and that its service worker plays. */
export const kept = new Map<string, { type: string; hasCover: boolean }>();

const HLS_TYPE = 'application/vnd.apple.mpegurl';
const attached = new WeakMap<HTMLMediaElement, Hls>();
let library: typeof Hls | null = null;

/** Return the address of a track. One that is kept here needs no network. */
export function addressOf(trackId: string, isLow: boolean): string {
  const file = kept.get(trackId);
  if (file) return `/offline/${trackId}?type=${encodeURIComponent(file.type)}`;
  // The parts of HLS would have to name as whom the member acts, each.
  return asActing(`/api/v1/tracks/${trackId}/${isLow && !acting.profile ? 'hls/128k/index.m3u8' : 'stream'}`);
}

/** Return whether an address can be played at once. */
export function isReadyFor(url: string): boolean {
  return library !== null || !needsLibrary(url);
}

/** Load what is needed to play an address. */
export async function prepareFor(url: string): Promise<void> {
  if (!isReadyFor(url)) library = (await import('hls.js/light')).default;
}

/** Set the address that an element plays, from a second on. */
export function open(element: HTMLAudioElement, url: string, position: number): void {
  detach(element);
  if (library === null || !needsLibrary(url)) {
    element.src = url;
    if (position > 0) element.currentTime = position;
    return;
  }
  const hls = new library({ startPosition: position, maxBufferLength: 60 });
  hls.on(library.Events.ERROR, (_, { fatal }) => {
    if (fatal) element.dispatchEvent(new Event('error'));
  });
  hls.loadSource(url);
  hls.attachMedia(element);
  attached.set(element, hls);
}

/** Remove the source of an element. */
export function close(element: HTMLAudioElement): void {
  detach(element);
  if (!element.hasAttribute('src')) return;
  element.pause();
  element.removeAttribute('src');
  element.load();
}

function detach(element: HTMLAudioElement): void {
  attached.get(element)?.destroy();
  attached.delete(element);
}

function needsLibrary(url: string): boolean {
  return url.endsWith('.m3u8') && document.createElement('audio').canPlayType(HLS_TYPE) === '';
}
