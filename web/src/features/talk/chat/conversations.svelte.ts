/** The conversations of the member, with what is unread in each; and those that are open. */

import { type Schemas, api, call } from '../../../api/client';
import { session } from '../../../shell/session.svelte';
import { counts } from '../counts.svelte';
import { type Frame, type Message, conversationOf } from '../frames';
import { live, send, subscribe } from '../live.svelte';
import { withMessage, withRead } from './list';
import { clearWaiting, loadWaiting } from './outboxStore';
import { Room } from './room.svelte';

export type Item = Schemas['ConversationItem'];

const LIMIT = 50;
// Beyond these, a notification tells of a new message. A connection can join 100.
const JOINED = 50;
const REFRESH_MS = 500;
// Nothing but a notification tells of a new conversation, and notifications may be off.
const POLL_MS = 60_000;

export const conversations = $state<{ items: Item[]; isLoading: boolean; isLoaded: boolean; error: unknown; next: string | null }>({
  items: [],
  isLoading: false,
  isLoaded: false,
  error: null,
  next: null,
});

/** Those that were opened stay as they are, with what was not sent yet. */
const rooms = new Map<string, Room>();
/** Joined over this connection, besides those that are open. */
const joined = new Set<string>();
let refreshing: ReturnType<typeof setTimeout> | undefined;

subscribe({
  onReady() {
    joined.clear();
    for (const room of rooms.values()) room.join();
    // What was written before a reload is sent without its conversation being shown.
    for (const { conversation_id } of loadWaiting(session.actor?.id ?? '')) {
      if (!rooms.has(conversation_id)) openRoom(conversation_id);
    }
    void loadConversations();
  },
  onFrame(frame) {
    const id = conversationOf(frame);
    if (id !== null) rooms.get(id)?.receive(frame);
    follow(frame);
  },
  onEnd() {
    rooms.clear();
    clearWaiting();
    Object.assign(conversations, { items: [], isLoaded: false, error: null, next: null });
    counts.messages = 0;
  },
});

setInterval(() => {
  if (live.state === 'open' && document.visibilityState === 'visible') refreshSoon();
}, POLL_MS);

/** Return an open conversation; it is loaded if this is the first time. */
export function openRoom(id: string): Room {
  let room = rooms.get(id);
  if (!room || room.isGone) {
    room = new Room(id);
    rooms.set(id, room);
    void room.load();
  } else room.reopen();
  return room;
}

/** Load the first page again. */
export async function loadConversations(): Promise<void> {
  conversations.isLoading = true;
  conversations.error = null;
  try {
    const page = await call(api.GET('/api/v1/conversations', { params: { query: { limit: LIMIT } } }));
    const known = new Set(page.conversations.map((each) => each.id));
    const rest = conversations.next === null ? [] : conversations.items.filter((each) => !known.has(each.id));
    show([...page.conversations, ...rest]);
    if (rest.length === 0) conversations.next = page.has_more ? page.next_cursor : null;
    conversations.isLoaded = true;
    join(page.conversations);
  } catch (error) {
    conversations.error = error;
  }
  conversations.isLoading = false;
}

/** Load the next page. */
export async function loadMore(): Promise<void> {
  if (conversations.next === null || conversations.isLoading) return;
  conversations.isLoading = true;
  try {
    const query = { limit: LIMIT, cursor: conversations.next };
    const page = await call(api.GET('/api/v1/conversations', { params: { query } }));
    const known = new Set(conversations.items.map((each) => each.id));
    show([...conversations.items, ...page.conversations.filter((each) => !known.has(each.id))]);
    conversations.next = page.has_more ? page.next_cursor : null;
  } catch (error) {
    conversations.error = error;
  }
  conversations.isLoading = false;
}

/** Take a conversation out of the list: the member left it. */
export function forget(id: string): void {
  rooms.delete(id);
  show(conversations.items.filter((each) => each.id !== id));
}

/** Note that a conversation was read up to its last message. */
export function noteRead(id: string, number: number): void {
  show(withRead(conversations.items, id, number));
}

function follow(frame: Frame): void {
  if (frame.type === 'message') followMessage(frame.data);
  else if (frame.type === 'history') frame.data.messages.forEach(followMessage);
  else if (frame.type === 'notification' && frame.data.conversation) refreshSoon();
  else if (frame.type === 'ack' && frame.data.conversation_id && frame.data.unread_count !== undefined) {
    noteRead(frame.data.conversation_id, frame.data.read_number ?? 0);
  }
}

function followMessage(message: Message): void {
  const items = withMessage(conversations.items, message, session.actor?.id ?? '');
  if (items) show(items);
  else refreshSoon();
}

function refreshSoon(): void {
  clearTimeout(refreshing);
  refreshing = setTimeout(() => void loadConversations(), REFRESH_MS);
}

/** Receive the events of what is listed. Those that are open were joined with what they have seen. */
function join(items: readonly Item[]): void {
  if (live.state !== 'open') return;
  for (const { id } of items) {
    if (joined.has(id) || rooms.has(id) || joined.size >= JOINED) continue;
    joined.add(id);
    send('join', { conversation_id: id }, 'follow');
  }
}

function show(items: Item[]): void {
  conversations.items = items;
  counts.messages = items.reduce((sum, each) => sum + (each.unread_count ?? 0), 0);
}
