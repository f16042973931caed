/**
 * Messages that wait, kept for this tab so that they survive a reload. They are sent again with the
 * same ids, so nothing is stored twice. They are forgotten at sign-out, and with the tab.
 */

import type { Waiting } from './outbox';

const KEY = 'veza.outbox';
const MAX_MESSAGES = 200;
const MAX_CHARACTERS = 500_000;

interface Stored {
  account: string;
  waiting: Waiting[];
}

/** Return what an account still has to send, in its order; to one conversation, or to all. */
export function loadWaiting(account: string, conversationId?: string): Waiting[] {
  const { waiting } = read(account);
  return conversationId === undefined ? waiting : waiting.filter((each) => each.conversation_id === conversationId);
}

/** Keep what waits to be sent to a conversation. Of too many messages, the latest are not kept. */
export function saveWaiting(account: string, conversationId: string, waiting: readonly Waiting[]): void {
  const others = read(account).waiting.filter((each) => each.conversation_id !== conversationId);
  const kept = [...others, ...waiting].slice(0, MAX_MESSAGES);
  while (JSON.stringify(kept).length > MAX_CHARACTERS) kept.pop();
  try {
    if (kept.length > 0) sessionStorage.setItem(KEY, JSON.stringify({ account, waiting: kept }));
    else sessionStorage.removeItem(KEY);
  } catch {
    // No room, or no storage in this mode of the browser: they are kept in memory only.
  }
}

/** Forget everything: somebody signed out. */
export function clearWaiting(): void {
  sessionStorage.removeItem(KEY);
}

function read(account: string): Stored {
  try {
    const stored = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Stored | null;
    if (stored?.account === account && Array.isArray(stored.waiting)) return stored;
  } catch {
    // Something else wrote there.
  }
  return { account, waiting: [] };
}
