/** How the messages of a conversation are grouped: by day, and by who speaks. */

import type { Message } from '../frames';

export interface Row {
  message: Message;
  /** The first of a day: its label stands above. */
  day: string | null;
  /** The first of what somebody says. */
  isFirst: boolean;
  /** The first that was unread when the conversation was opened. */
  isNew: boolean;
}

const PAUSE_MS = 10 * 60_000;

/** Return the rows of a conversation. `readNumber` is the last number that was read when it was opened. */
export function rowsOf(messages: readonly Message[], readNumber: number, me: string): Row[] {
  let isNewFound = false;
  return messages.map((message, index) => {
    const before = messages[index - 1];
    const day = dayOf(message);
    const isNewDay = !before || dayOf(before) !== day;
    const isNew = !isNewFound && message.number > readNumber && message.sender?.id !== me;
    isNewFound ||= isNew;
    const isFirst = isNewDay || isNew || before.sender?.id !== message.sender?.id || gap(before, message) > PAUSE_MS;
    return { message, day: isNewDay ? day : null, isFirst, isNew };
  });
}

/** Return the local day of a time, for comparison. */
export function dayOf(message: { created_at: string }): string {
  const date = new Date(message.created_at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).toISOString();
}

function gap(before: Message, after: Message): number {
  return Date.parse(after.created_at) - Date.parse(before.created_at);
}
