/** What the state of a stream means for those who watch it. */

import type { Schemas } from '../../api/client';

export type Stream = Schemas['Stream'];

/**
 * `planned`: the encoder has not connected yet. `cancelled`: it never will. `starting`: it has, and there is nothing to play
 * yet. `interrupted`: the encoder is gone, and may come back within a minute.
 */
export type Phase = 'planned' | 'starting' | 'live' | 'interrupted' | 'ended' | 'cancelled';

const OWN_MEDIA = /^\/api\/v1\/live\/streams\/[^/]+\/hls\//;
const SOON_S = 3;
const PATIENT_S = 15;

/** Return the phase of a stream. `isMissing`: its media was asked for, and is not there yet. */
export function phaseOf(stream: Pick<Stream, 'status' | 'is_live'>, isMissing: boolean): Phase {
  if (stream.status === 'draft') return 'planned';
  if (stream.status === 'ended' || stream.status === 'cancelled') return stream.status;
  if (!stream.is_live) return 'interrupted';
  return isMissing ? 'starting' : 'live';
}

/** Return the seconds until the stream is asked for again, or null if it does not change any more. */
export function secondsUntilNext(phase: Phase): number | null {
  if (phase === 'ended' || phase === 'cancelled') return null;
  return phase === 'interrupted' || phase === 'starting' ? SOON_S : PATIENT_S;
}

/**
 * Return the address to play from: media of this server under the address of the page, whatever
 * address the server is configured with; that of a CDN as it is.
 */
export function sourceOf(playbackUrl: string, origin: string): string {
  const url = new URL(playbackUrl, origin);
  return OWN_MEDIA.test(url.pathname) ? url.pathname + url.search : url.href;
}

/**
 * Return the address to go on with: the one that is being played, unless its ticket ends within an
 * hour or it is that of another stream. Another address would interrupt who listens.
 */
export function steadyUrl(earlier: string | undefined, next: string, now: number): string {
  if (earlier === undefined) return next;
  const [path, query = ''] = earlier.split('?');
  const [nextPath, nextQuery = ''] = next.split('?');
  const [kind, expires] = query.split('.');
  const isSame = path === nextPath && kind === nextQuery.split('.')[0];
  return isSame && Number(expires) * 1000 - now > 3_600_000 ? earlier : next;
}

export type QualityName = 'sent' | 'sound' | 'low';

/** A quality that a stream is offered in, and the address of its playlist. */
export interface Quality {
  name: QualityName;
  url: string;
}

/** Return the qualities that a master playlist names; none of another playlist. */
export function qualitiesIn(playlist: string, address: string, origin: string): Quality[] {
  const names = [...playlist.matchAll(/^#EXT-X-STREAM-INF:.*\r?\n([^#\r\n]+)/gm)].map(([, name]) => name ?? '');
  return names.map((name) => {
    const kind = /(?:^|-)(sound|low)\.m3u8/.exec(name)?.[1] as QualityName | undefined;
    return { name: kind ?? 'sent', url: sourceOf(new URL(name, new URL(address, origin)).href, origin) };
  });
}

/** Return whether a playlist names a segment that can be played. */
export function hasSegments(playlist: string): boolean {
  return playlist.includes('#EXTINF');
}

/** Return the title of the command `/mark`, empty without one, or null for another text. */
export function markOf(text: string): string | null {
  return /^\/mark(\s|$)/i.test(text) ? text.slice('/mark'.length).trim() : null;
}

/** Return the seconds of what a playlist names. */
export function lengthOf(playlist: string): number {
  return [...playlist.matchAll(/^#EXTINF:([\d.]+)/gm)].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
}

/** Return the seconds since the stream started, up to its end. */
export function elapsedOf(stream: Pick<Stream, 'started_at' | 'ended_at'>, now: number): number {
  if (!stream.started_at) return 0;
  const end = stream.ended_at ? Date.parse(stream.ended_at) : now;
  return Math.max(0, (end - Date.parse(stream.started_at)) / 1000);
}

/** Return streams as the list shows them: what can be watched, what is planned without a date, what is over. */
export function grouped(streams: readonly Stream[]): { onAir: Stream[]; planned: Stream[]; over: Stream[] } {
  const known = new Map(streams.map((stream) => [stream.id, stream]));
  const all = [...known.values()];
  return {
    onAir: all.filter((stream) => stream.status === 'live'),
    planned: all.filter((stream) => stream.status === 'draft' && !stream.starts_at),
    over: all.filter((stream) => stream.status === 'ended'),
  };
}

/** Return streams with the one that is live first, then those with a date by date, then the others. */
export function inOrder<T extends Pick<Stream, 'status' | 'starts_at'>>(streams: readonly T[]): T[] {
  const placeOf = ({ status, starts_at }: T): number => (status === 'live' ? 0 : starts_at ? Date.parse(starts_at) : Infinity);
  return streams.toSorted((one, other) => {
    const [mine, theirs] = [placeOf(one), placeOf(other)];
    return mine === theirs ? 0 : mine - theirs;
  });
}
