/** One conversation that is open: its messages, those on their way, and who types or reads. */

import { type Schemas, api, call } from '../../../api/client';
import { session } from '../../../shell/session.svelte';
import type { AckData, ErrorData, Frame, Message } from '../frames';
import { live, reconnect, send } from '../live.svelte';
import { type Draft, Outbox, type Waiting } from './outbox';
import { loadWaiting, saveWaiting } from './outboxStore';
import { Thread } from './thread';

export type Conversation = Schemas['Conversation'];

const PAGE = 40;
const TYPING_EVERY_MS = 3000;
const REST_MS = 250;

export class Room {
  readonly id: string;
  conversation = $state.raw<Conversation | null>(null);
  messages = $state.raw<readonly Message[]>([]);
  waiting = $state.raw<readonly Waiting[]>([]);
  typing = $state.raw<readonly string[]>([]);
  online = $state.raw<ReadonlySet<string>>(new Set());
  /** Grows with each read mark, so that what is computed from them is computed again. */
  marksVersion = $state(0);
  error = $state.raw<unknown>(null);
  isLoading = $state(true);
  isLoadingOlder = $state(false);
  olderError = $state.raw<unknown>(null);
  /** The cursor of what is before the first shown message; null at the beginning of the conversation. */
  older = $state.raw<string | null>(null);
  /** Messages are shown that the newest do not follow: one of them was looked for. */
  isDetached = $state(false);
  isLoadingNewer = $state(false);
  /** The message that was looked for, each time anew. */
  target = $state.raw<{ id: string } | null>(null);
  /** The conversation was left, or does not exist any more. */
  isGone = $state(false);
  /** The last number that was read when the conversation was opened. */
  openedAt = $state(0);
  /** When the next message may be sent, in slow mode; 0 if at once. */
  slowUntil = $state(0);
  /** Messages of others that arrived since the last look, for announcements. */
  arrived = $state.raw<readonly Message[]>([]);
  readonly #me: string;
  readonly #thread: Thread;
  readonly #outbox: Outbox;
  #isJoined = false;
  /** The number around which messages are shown; null: the newest. */
  #anchor: number | null = null;
  /** The number of the first message that this member reads, once it is known. */
  #firstNumber: number | null = null;
  #readNumber = 0;
  #typedAt = 0;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(id: string) {
    this.id = id;
    this.#me = session.actor?.id ?? '';
    this.#thread = new Thread(this.#me);
    this.#outbox = new Outbox(send, () => {
      this.waiting = this.#outbox.waiting;
      // Not at sign-out, when all rooms are left as they are.
      if (this.#me === session.actor?.id) saveWaiting(this.#me, id, this.waiting);
    });
    this.#outbox.restore(loadWaiting(this.#me, id));
    this.waiting = this.#outbox.waiting;
  }

  /** Load the conversation and its last messages, and follow it from there. */
  readonly load = async (): Promise<void> => {
    this.isLoading = true;
    this.error = null;
    const path = { conversation_id: this.id };
    try {
      this.conversation = await call(api.GET('/api/v1/conversations/{conversation_id}', { params: { path } }));
      // Events that happen while the page is read come again by `join`.
      this.#thread.begin(this.conversation.last_seq);
      this.openedAt = this.#readNumber = this.conversation.read_number ?? this.conversation.last_number;
      // Only members read a room.
      if (this.conversation.role) await this.#loadHistory();
    } catch (error) {
      this.error = error;
    }
    this.isLoading = false;
  };

  async #loadHistory(): Promise<void> {
    this.#take(await this.#fetch({}));
    this.join();
  }

  #take(page: Schemas['MessageHistory']): void {
    this.#thread.merge(page.messages);
    if (!page.has_more) this.#firstNumber = page.messages.at(-1)?.number ?? this.messages[0]?.number ?? null;
    this.#show();
  }

  /** Show it again: what arrived since the last time is new. */
  reopen(): void {
    this.openedAt = this.#readNumber;
    if (this.error) void this.load();
  }

  /** Load the page before the first message. */
  readonly loadOlder = async (): Promise<void> => {
    if (this.isLoadingOlder || this.older === null) return;
    this.isLoadingOlder = true;
    this.olderError = null;
    try {
      this.#take(await this.#fetch({ cursor: this.older }));
    } catch (error) {
      this.olderError = error;
    }
    this.isLoadingOlder = false;
  };

  #fetch(query: { cursor?: string; direction?: 'older' | 'newer'; around?: string; limit?: number }): Promise<Schemas['MessageHistory']> {
    const params = { path: { conversation_id: this.id }, query: { limit: PAGE, ...query } };
    return call(api.GET('/api/v1/conversations/{conversation_id}/history', { params }));
  }

  /** Load the page after the last message, which the newest do not follow. */
  readonly loadNewer = async (): Promise<void> => {
    const last = this.messages.at(-1);
    if (this.isLoadingNewer || !this.isDetached || !last) return;
    this.isLoadingNewer = true;
    try {
      const page = await this.#fetch({ cursor: last.cursor, direction: 'newer' });
      this.#thread.merge(page.messages);
      this.#show();
    } catch (error) {
      this.olderError = error;
    }
    this.isLoadingNewer = false;
  };

  /** Show a message, with those around it. Throws ApiError. */
  async find(messageId: string): Promise<void> {
    let found = this.#thread.messages.find((each) => each.id === messageId);
    if (!found) {
      const page = await this.#fetch({ around: messageId });
      this.#anchor = page.messages.find((each) => each.id === messageId)?.number ?? null;
      this.#take(page);
      found = this.#thread.messages.find((each) => each.id === messageId);
    }
    if (!found) return;
    this.#anchor = found.number;
    this.#show();
    this.target = { id: messageId };
  }

  /** Show the newest messages again. */
  toNewest(): void {
    this.#anchor = null;
    this.#show();
  }

  /** Become a member of a public room. Throws ApiError. */
  async enter(): Promise<void> {
    this.conversation = await call(
      api.POST('/api/v1/conversations/{conversation_id}/join', { params: { path: { conversation_id: this.id } } }),
    );
    this.isGone = false;
    this.openedAt = this.#readNumber = this.conversation.last_number;
    await this.#loadHistory();
  }

  /** Note the slow mode of the room, of which no frame tells. */
  setSlowMode(seconds: number): void {
    const { conversation } = this;
    if (!conversation || conversation.slow_mode_seconds === seconds) return;
    this.conversation = { ...conversation, slow_mode_seconds: seconds };
    if (seconds > 0) return;
    this.slowUntil = 0;
    if (this.#isJoined) this.#outbox.resend(this.id);
  }

  /** Whether this member manages the conversation: slow mode does not apply, and all can be deleted. */
  get isManaged(): boolean {
    const role = this.conversation?.role;
    return this.conversation?.type !== 'direct' && (role === 'owner' || role === 'admin');
  }

  /** Subscribe, now that there is a connection, and send what was not answered. */
  join(): void {
    this.#isJoined = false;
    this.online = new Set();
    if (live.state !== 'open' || !this.conversation?.role || this.isGone) return;
    this.#isJoined = send('join', { conversation_id: this.id, ...this.#thread.joining() }, 'join');
    if (this.#isJoined) this.#outbox.resend(this.id);
  }

  /** Apply a frame of this conversation. */
  receive(frame: Frame): void {
    if (frame.type === 'error') this.#refused(frame.data, frame.id);
    else if (frame.type === 'typing') this.#startTyping(frame.data.user_id, frame.data.expires_in);
    else if (frame.type === 'presence') this.#see(frame.data.user_id, frame.data.status === 'online');
    else if (frame.type === 'ack') this.#settled(frame.data);
    // What its members listen to is not a part of what they write.
    else if (frame.type === 'listening') return;
    else this.#apply(frame);
  }

  /** Write a message: it is shown at once. */
  write(draft: Draft): void {
    this.#typedAt = 0;
    this.toNewest();
    this.#outbox.add(this.id, draft, this.#isJoined && live.state === 'open');
  }

  readonly retry = (clientId: string): void => this.#outbox.retry(clientId);
  readonly discard = (clientId: string): void => this.#outbox.discard(clientId);

  /** Say that this member is typing, at most once in three seconds. */
  type(): void {
    if (Date.now() - this.#typedAt < TYPING_EVERY_MS) return;
    if (this.#isJoined && send('typing', { conversation_id: this.id })) this.#typedAt = Date.now();
  }

  /** Mark everything that is shown as read. Returns whether that was news. */
  markRead(): boolean {
    const last = this.messages.at(-1);
    if (!last || last.number <= this.#readNumber || !this.#isJoined) return false;
    if (!send('read', { conversation_id: this.id, message_id: last.id }, 'read')) return false;
    this.#readNumber = last.number;
    return true;
  }

  /** Return how many others have read up to a message. */
  readersOf(number: number): number {
    return this.marksVersion >= 0 ? this.#thread.readersOf(number) : 0;
  }

  /** React, or take the reaction back. Throws ApiError. */
  async react(messageId: string, emoji: string): Promise<void> {
    const path = { conversation_id: this.id, message_id: messageId };
    await call(api.POST('/api/v1/conversations/{conversation_id}/messages/{message_id}/reactions', { params: { path }, body: { emoji } }));
  }

  /** Replace the text of an own message. Throws ApiError. */
  async edit(messageId: string, content: string): Promise<void> {
    const path = { conversation_id: this.id, message_id: messageId };
    await call(api.PUT('/api/v1/conversations/{conversation_id}/messages/{message_id}', { params: { path }, body: { content } }));
  }

  /** Delete a message. Throws ApiError. */
  async remove(messageId: string): Promise<void> {
    const path = { conversation_id: this.id, message_id: messageId };
    await call(api.DELETE('/api/v1/conversations/{conversation_id}/messages/{message_id}', { params: { path } }));
  }

  /** Remove a member from the conversation. Throws ApiError. */
  async expel(userId: string): Promise<void> {
    const path = { conversation_id: this.id };
    await call(api.DELETE('/api/v1/conversations/{conversation_id}/members', { params: { path }, body: { user_id: userId } }));
  }

  /** Leave a group or room. Throws ApiError. */
  async leave(): Promise<void> {
    await call(api.POST('/api/v1/conversations/{conversation_id}/leave', { params: { path: { conversation_id: this.id } } }));
    this.isGone = true;
  }

  #settled(data: AckData): void {
    this.#outbox.settle(data);
    const seconds = this.conversation?.slow_mode_seconds ?? 0;
    if (data.client_id && seconds > 0 && !this.isManaged) this.slowUntil = Date.now() + seconds * 1000;
  }

  #apply(frame: Frame): void {
    if (this.#thread.receive(frame)) send('sync', { conversation_id: this.id, since: this.#thread.seen }, 'sync');
    if (frame.type === 'deleted') void this.#askWhy(frame.data.message_id);
    if (frame.type === 'history') this.#requestRest(frame.data.has_more);
    if (frame.type === 'read' || frame.type === 'history') this.marksVersion++;
    this.#show();
  }

  /** An own message that staff has taken down is shown, with the reason. */
  async #askWhy(messageId: string): Promise<void> {
    if (!this.#thread.messages.some((each) => each.id === messageId && each.sender?.id === this.#me)) return;
    try {
      const page = await this.#fetch({ around: messageId, limit: 1 });
      const message = page.messages.find((each) => each.id === messageId && each.taken_down);
      if (message) this.#thread.replace(message);
      this.#show();
    } catch {
      // It is shown as deleted, as to all others.
    }
  }

  // One `sync` returns up to ten pages; the rest is requested after the last of them. A request
  // that is made too early returns nothing new.
  #requestRest(hasMore: boolean): void {
    clearTimeout(this.#timers.get('sync'));
    if (!hasMore) return;
    const request = (): boolean => send('sync', { conversation_id: this.id, since: this.#thread.seen }, 'sync');
    this.#timers.set('sync', setTimeout(request, REST_MS));
  }

  #show(): void {
    const { arrived } = this.#thread;
    this.#thread.arrived = [];
    for (const message of arrived) {
      if (message.sender?.id === this.#me) this.#outbox.settle(message);
      else if (message.sender) this.#stopTyping(message.sender.id);
    }
    const others = arrived.filter((message) => message.sender?.id !== this.#me);
    if (others.length > 0) this.arrived = others;
    this.messages = this.#thread.runAround(this.#anchor);
    this.isDetached = this.messages.at(-1)?.number !== this.#thread.messages.at(-1)?.number;
    if (!this.isDetached) this.#anchor = null;
    const first = this.messages[0];
    this.older = first && first.number !== this.#firstNumber ? first.cursor : null;
  }

  #refused(data: ErrorData, id: string | number | undefined): void {
    if (data.client_id !== undefined) {
      const seconds = this.#outbox.refuse(data);
      if (data.code === 'slow_mode' && seconds !== null) this.slowUntil = Date.now() + seconds * 1000;
      if (seconds !== null) setTimeout(() => this.#outbox.resend(this.id), seconds * 1000);
    } else if (id === 'join' || id === 'sync' || data.code === 'conversation_not_found') {
      this.#isJoined = false;
      if (data.retry_after !== undefined) setTimeout(reconnect, data.retry_after * 1000);
      else {
        this.isGone = true;
        this.#outbox.refuseAll(this.id, data.code);
      }
    }
  }

  #startTyping(userId: string, seconds: number): void {
    clearTimeout(this.#timers.get(userId));
    const stop = (): void => this.#stopTyping(userId);
    this.#timers.set(userId, setTimeout(stop, seconds * 1000));
    if (!this.typing.includes(userId)) this.typing = [...this.typing, userId];
  }

  #stopTyping(userId: string): void {
    this.typing = this.typing.filter((each) => each !== userId);
  }

  #see(userId: string, isOnline: boolean): void {
    const online = new Set(this.online);
    if (isOnline) online.add(userId);
    else online.delete(userId);
    this.online = online;
  }
}
