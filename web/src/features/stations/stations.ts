/** What a station plays, and the time of its clock. */

import type { Schemas } from '../../api/client';

export type Station = Schemas['ListedStation'];
export type OwnStation = Schemas['OwnStation'];
export type Airing = Schemas['Airing'];
export type Program = Schemas['StationProgram'];
export type Daypart = Schemas['Daypart'];

const SOONEST_MS = 1000;
// A stream may take over at any time.
const LATEST_MS = 15_000;

/** Return the address to play from: of this server under that of the page, and small where data is to be saved. */
export function sourceOf(id: string): string {
  const connection = (navigator as { connection?: { saveData?: boolean } }).connection;
  return `/api/v1/stations/${id}/hls/${connection?.saveData ? '128k' : '256k'}.m3u8`;
}

/** Return the seconds that a track has been on air, and those that it lasts. `now` is of the server's clock. */
export function progressOf(airing: Pick<Airing, 'starts_at' | 'ends_at'>, now: number): { at: number; length: number } {
  const start = Date.parse(airing.starts_at);
  const length = (Date.parse(airing.ends_at) - start) / 1000;
  return { at: Math.min(length, Math.max(0, (now - start) / 1000)), length };
}

/** Return the milliseconds until another track is on air, within bounds. */
export function untilNext(airing: Pick<Airing, 'ends_at'> | null, now: number): number {
  const left = airing ? Date.parse(airing.ends_at) - now + 300 : LATEST_MS;
  return Math.min(LATEST_MS, Math.max(SOONEST_MS, left));
}

/** Return what is over, of a list of what began. */
export function over(airings: readonly Airing[], now: number): Airing[] {
  return airings.filter((each) => Date.parse(each.ends_at) <= now);
}
