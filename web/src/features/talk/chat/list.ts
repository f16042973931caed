/** How events change the list of conversations. */

import type { Schemas } from '../../../api/client';
import type { Message } from '../frames';

type Item = Schemas['ConversationItem'];

/** Return the list after a message, its conversation first; null if that is not listed. */
export function withMessage(items: readonly Item[], message: Message, me: string): Item[] | null {
  const item = items.find((each) => each.id === message.conversation_id);
  if (!item) return null;
  // It arrived before, or came with the list.
  if (message.number <= item.last_number && item.last_message) return [...items];
  const isMine = message.sender?.id === me;
  const read = isMine ? message.number : (item.read_number ?? message.number);
  const changed: Item = {
    ...item,
    last_message: message,
    last_number: message.number,
    read_number: read,
    unread_count: Math.max(0, message.number - read),
    active_at: message.created_at,
  };
  return [changed, ...items.filter((each) => each !== item)];
}

/** Return the list after a conversation was read up to a number. */
export function withRead(items: readonly Item[], id: string, number: number): Item[] {
  return items.map((each) => {
    if (each.id !== id || number < (each.read_number ?? 0)) return each;
    return { ...each, read_number: number, unread_count: Math.max(0, each.last_number - number) };
  });
}
