/** What reports are about, and what can be decided. */

import type { Schemas } from '../../../api/client';

export type Report = Schemas['AdminReport'];
export type Action = Schemas['ReportResolution']['action'];

export const STATUSES = ['pending', 'resolved', 'dismissed', 'all'] as const;
export const VERDICTS: readonly Action[] = ['resolve', 'dismiss', 'warn', 'ban'];
/** The keys that choose them. */
export const KEYS: Readonly<Record<Action, string>> = { resolve: 'r', dismiss: 'd', warn: 'w', ban: 'b' };

/** The fields of evidence that are shown, in their order. */
export const FIELDS = [
  'username',
  'title',
  'artist_name',
  'content',
  'description',
  'bio',
  'text',
  'place',
  'contact',
  'links',
  'lyrics',
  'genre',
  'tags',
  'label',
  'track_title',
  'conversation_name',
  'file_names',
] as const;
export type EvidenceField = (typeof FIELDS)[number];

/** Types that are shown on the page of a profile. */
const OF_PROFILE: ReadonlySet<string> = new Set(['user', 'profile', 'avatar', 'banner']);

const MAX_TITLE = 60;
const SECTIONS: Readonly<Record<string, string>> = {
  track: 'tracks',
  release: 'releases',
  post: 'posts',
  product: 'products',
  bundle: 'bundles',
  stream: 'live',
  clip: 'clips',
  playlist: 'playlists',
  show: 'shows',
};

/** The types of content that can be taken down. */
export const TAKEN_DOWN: ReadonlySet<string> = new Set([
  ...['track', 'release', 'product', 'playlist', 'show', 'post', 'comment', 'post_comment', 'stream', 'clip', 'message'],
  ...['image', 'avatar', 'banner', 'profile', 'cloud_share', 'bundle', 'commission_message'],
]);

/** Return whether an item, or a part of it, can be taken down. */
export function canTakeDown(type: string): boolean {
  return type === 'user' || TAKEN_DOWN.has(type);
}

/** The types of content of which something can be heard or seen, beside their texts. */
const WITH_FILES: ReadonlySet<string> = new Set([
  ...['track', 'release', 'playlist', 'show', 'product', 'stream', 'clip', 'post', 'message', 'commission_message', 'cloud_share'],
  ...['image', 'avatar', 'banner', 'profile', 'user'],
]);

/** Return whether an item may have something to hear or to see. */
export function hasFiles(type: string): boolean {
  return WITH_FILES.has(type);
}

export const CATEGORIES = ['copyright', 'illegal', 'abuse', 'spam', 'impersonation', 'undisclosed_ai', 'other'] as const;
export type Category = (typeof CATEGORIES)[number];

/** Return the address of an item by its type and id, if it has one by these alone. */
export function addressOf(type: string, id: string | null): string | null {
  const section = SECTIONS[type];
  return section && id !== null ? `/${section}/${id}` : null;
}

function textIn(report: Report, field: string): string {
  const value: unknown = report.evidence[field];
  return Array.isArray(value) ? value.map(String).join(', ') : typeof value === 'string' ? value : '';
}

/** Return what is called by its name, or quoted. Empty if it is erased. */
export function titleOf(report: Report): string {
  const content = textIn(report, 'content').split(/\s+/).join(' ').trim();
  const quoted = content.length > MAX_TITLE ? `${content.slice(0, MAX_TITLE).trim()}…` : content;
  return textIn(report, 'title') || (quoted ? `“${quoted}”` : textIn(report, 'username'));
}

/** Return the address of what was reported, if it has one. */
export function placeOf(report: Report): string | null {
  const [track, post] = [textIn(report, 'track_id'), textIn(report, 'post_id')];
  if (report.content_id === null) return null;
  if (OF_PROFILE.has(report.content_type)) return `/artists/${textIn(report, 'username')}`;
  if (report.content_type === 'comment') return track ? `/tracks/${track}` : null;
  if (report.content_type === 'post_comment') return post ? `/posts/${post}` : null;
  return addressOf(report.content_type, report.content_id);
}

/** Return the fields of the evidence that say something. */
export function evidenceOf(report: Report): { field: EvidenceField; text: string }[] {
  const fields = FIELDS.filter((field) => field !== 'username' || report.content_type === 'user');
  return fields.map((field) => ({ field, text: textIn(report, field) })).filter((each) => each.text !== '');
}

/** Return the id of the neighbour of a report in the list: `step` is 1 or -1. From nowhere it is the first. */
export function neighbourOf(reports: readonly Pick<Report, 'id'>[], current: string | null, step: 1 | -1): string | null {
  const index = reports.findIndex((each) => each.id === current);
  if (index < 0) return reports[0]?.id ?? null;
  return reports[Math.max(0, Math.min(reports.length - 1, index + step))]?.id ?? null;
}
