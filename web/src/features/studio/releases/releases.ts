/** What is said about a release, as a form has it and as the API takes it. */

import type { Schemas } from '../../../api/client';
import { moved } from '../../library/playlists';
import type { Track } from '../uploads/transport';
import { splitTags } from '../tracks/tracks';

export type ReleaseForm = Schemas['ReleaseForm'];
export type ReleaseChange = Schemas['ReleaseChange'];
export type ReleaseDetails = Schemas['Release'];
export type ReleaseKind = Schemas['ReleaseKind'];

export const KINDS: readonly ReleaseKind[] = ['album', 'ep', 'single', 'compilation', 'mix'];

/** When it comes out: not yet, on a day, for those with the link, or for everybody. */
export type Outlet = 'private' | 'scheduled' | 'unlisted' | 'public';
export const OUTLETS: readonly Outlet[] = ['private', 'scheduled', 'unlisted', 'public'];

/** A track at its place. */
export interface Place {
  track: Track;
  disc: number;
}

export interface ReleaseDraft {
  title: string;
  kind: ReleaseKind;
  genre: string;
  tags: string;
  label: string;
  catalogue: string;
  upc: string;
  date: string;
  description: string;
  outlet: Outlet;
  tier: string | null;
  /** As an input of a local time has it. */
  publishAt: string;
}

/** Return the form of a release, or of a proposed one. */
export function draftOf(release: Partial<ReleaseForm>): ReleaseDraft {
  const { publish_at = null } = release;
  return {
    title: release.title ?? '',
    kind: release.kind ?? 'album',
    genre: release.genre ?? '',
    tags: (release.tags ?? []).join(', '),
    label: release.label ?? '',
    catalogue: release.catalogue_number ?? '',
    upc: release.upc ?? '',
    date: release.release_date ?? '',
    description: release.description ?? '',
    outlet: publish_at && release.visibility !== 'public' ? 'scheduled' : (release.visibility ?? 'private'),
    tier: release.tier_id ?? null,
    publishAt: publish_at ? toLocal(new Date(publish_at)) : '',
  };
}

/** Return what the form asks for. */
export function formOf(draft: ReleaseDraft): ReleaseForm {
  return {
    title: draft.title.trim(),
    kind: draft.kind,
    genre: draft.genre.trim() || null,
    tags: splitTags(draft.tags),
    label: draft.label.trim() || null,
    catalogue_number: draft.catalogue.trim() || null,
    upc: draft.upc.trim() || null,
    release_date: draft.date || null,
    description: draft.description.trim(),
    tier_id: draft.tier,
    visibility: draft.outlet === 'scheduled' ? 'private' : draft.outlet,
    publish_at: draft.outlet === 'scheduled' && draft.publishAt ? new Date(draft.publishAt).toISOString() : null,
  };
}

/** Return a time as an input of a local time has it, such as 2026-12-04T10:00. */
export function toLocal(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Return the places after one has moved. It is then on the disc of its new neighbours. */
export function movePlace(places: readonly Place[], from: number, to: number): Place[] {
  const result = moved(places, from, to);
  const [before, after, mine] = [result[to - 1], result[to + 1], result[to]];
  const disc = (from < to ? before : after)?.disc ?? before?.disc ?? 1;
  if (mine) result[to] = { ...mine, disc };
  return result;
}

/** Return the places as the API takes them: numbered from 1 on each disc. */
export function numbered(places: readonly Place[]): Schemas['PlacedTrack'][] {
  const counts = new Map<number, number>();
  return places.map(({ track, disc }) => {
    const number = (counts.get(disc) ?? 0) + 1;
    counts.set(disc, number);
    return { track_id: track.id, disc, number };
  });
}
