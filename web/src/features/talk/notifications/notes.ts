/** What a notification says, and where it leads. */

import type { IconName } from '../../../components/icons';
import { formatMoney } from '../../../i18n/format';
import { type Key, language, t } from '../../../i18n/index.svelte';
import { explainFailure } from '../../refusals/failures';
import type { Notification } from '../frames';

/** What members are told about their account, in case it wasn't them. */
const SECURITY: ReadonlySet<Notification['kind']> = new Set([
  'new_device',
  'factor_added',
  'factor_removed',
  'password_changed',
  'key_created',
  'passkey_copied',
  'factor_recovery',
]);

/** What moderators decided about them. */
const SANCTIONS: ReadonlySet<Notification['kind']> = new Set([
  'warned',
  'banned',
  'unbanned',
  'warning_withdrawn',
  'appeal_upheld',
  'item_taken_down',
  'item_restored',
  'item_held',
]);

/** Kinds that are answered in the settings of profiles. */
const ASKED: ReadonlySet<Notification['kind']> = new Set(['profile_invitation', 'roster_proposal', 'credit_request']);

/** Return a notification as a sentence. */
export function textOf(note: Notification): string {
  if (note.kind === 'item_held' && !note.track) return t('notes.pictureHeld');
  if (note.split?.profile_id) return t('notes.supportSplit', { who: whoOf(note) });
  if (note.kind === 'sale' && note.sale?.tip) {
    const { giver, amount_cents } = note.sale.tip;
    return t('notes.tip', { who: giver ?? t('notes.somebody'), amount: formatMoney(amount_cents, note.sale.currency, language()) });
  }
  return t(`notes.kind.${note.kind}` satisfies Key, { who: whoOf(note), title: titleOf(note), count: Math.max(1, note.actors_count) });
}

/** Return who did it: one, two, or one and how many others. */
function whoOf({ actors, actors_count }: Notification): string {
  const [first, second] = actors;
  if (!first) return t('notes.somebody');
  if (actors_count <= 1) return first.display_name;
  if (actors_count === 2 && second) return t('notes.two', { name: first.display_name, other: second.display_name });
  return t('notes.others', { name: first.display_name, count: actors_count - 1 });
}

function titleOf(note: Notification): string {
  const sold = note.sale ?? note.refund;
  if (sold && sold.kind !== 'product') return t(`line.${sold.kind}`, { title: sold.title });
  const subject = note.track ?? note.playlist ?? note.sale ?? note.stream ?? note.release ?? note.refund ?? note.split ?? note.commission;
  return subject ? `“${subject.title}”` : (note.gear?.name ?? '');
}

/** Return the excerpt or reason below the sentence. */
export function noteOf(note: Notification): string | null {
  if (note.kind === 'track_failed' && note.reason !== null) return explainFailure(note.reason);
  return note.sale?.tip?.message ?? note.message?.excerpt ?? note.comment?.excerpt ?? note.post?.excerpt ?? note.reason;
}

/** Return the page of what it is about. */
export function linkOf(note: Notification): string | null {
  if (ASKED.has(note.kind)) return '/settings/profiles';
  if (note.kind === 'split_proposal') return '/studio/splits';
  if (note.kind === 'recording_expiring') return '/studio/live/recordings';
  if (note.conversation) return `/messages/${note.conversation.id}`;
  if (note.post) return `/posts/${note.post.id}`;
  if (note.track) return `/tracks/${note.track.id}`;
  if (note.release) return `/releases/${note.release.id}`;
  if (note.playlist) return `/playlists/${note.playlist.id}`;
  if (note.stream) return `/live/${note.stream.id}`;
  if (note.commission) return `/commissions/${note.commission.id}`;
  if (note.sale?.tip) return '/studio/sales/tips';
  if (SECURITY.has(note.kind)) return '/settings/security';
  // Of a picture that is held nothing is decided: there is no statement to read.
  if (SANCTIONS.has(note.kind) && note.kind !== 'item_held') return '/appeal';
  const [actor] = note.actors;
  return (note.kind === 'follow' || note.kind === 'profile_claimed') && actor ? `/artists/${encodeURIComponent(actor.handle)}` : null;
}

/** Return the icon of a notification that nobody caused. */
export function iconOf(kind: Notification['kind']): IconName {
  if (kind === 'track_ready') return 'music';
  if (SANCTIONS.has(kind) || kind === 'report_closed') return 'shield';
  if (SECURITY.has(kind)) return 'lock';
  if (kind === 'backup_failed' || kind === 'backup_overdue') return 'triangle-alert';
  if (kind === 'track_failed' || kind === 'transfer_failed' || kind === 'refund_failed') return 'triangle-alert';
  return 'bell';
}
