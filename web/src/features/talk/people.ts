/** How conversations and members are called. */

import { t } from '../../i18n/index.svelte';
import type { Message } from './frames';

interface Named {
  type: 'direct' | 'group' | 'room';
  name: string | null;
  other: { display_name: string } | null;
}

/** Return the name of a conversation. */
export function titleOf(conversation: Named): string {
  if (conversation.type === 'direct') return conversation.other?.display_name ?? t('person.gone');
  return conversation.name ?? t('person.gone');
}

/** Return the name of a member, whose account may be deleted. */
export function nameOf(person: { display_name: string } | null): string {
  return person?.display_name ?? t('person.gone');
}

/** Return what a message says, on one line. */
export function summaryOf(message: Message): string {
  if (message.deleted_at) return t('chat.deleted');
  if (message.content) return message.content;
  if (message.track) return message.track.title;
  return message.file?.name ?? (message.images.length > 0 ? t('chat.aPicture') : t('chat.aTrack'));
}
