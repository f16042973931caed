/**
 * Messages that were written and not yet stored. Each has an id of this client, with which it may be
 * sent any number of times and is stored once. So after each reconnect, all that were not answered
 * are sent again, in their order.
 */

import type { AckData, ErrorData, Message, Send } from '../frames';

/** What a message consists of. */
export interface Draft {
  content: string;
  image_ids?: string[];
  file_id?: string | null;
  track_id?: string | null;
  /** The message that is answered, and what is shown of it while this one waits. */
  reply_to?: string | null;
  quote?: { name: string; excerpt: string };
  /** What the attachments are called, while the message waits. */
  labels?: string[];
}

export interface Waiting extends Draft {
  client_id: string;
  conversation_id: string;
  written_at: string;
  state: 'sending' | 'failed';
  /** Why it was refused: the code of the refusal. */
  reason: string | null;
}

export class Outbox {
  waiting: readonly Waiting[] = [];
  readonly #send: Send;
  readonly #makeId: () => string;
  readonly #changed: () => void;

  constructor(send: Send, changed: () => void, makeId: () => string = () => crypto.randomUUID()) {
    this.#send = send;
    this.#changed = changed;
    this.#makeId = makeId;
  }

  /** Send a message, now or as soon as there is a connection. */
  add(conversationId: string, draft: Draft, isJoined: boolean): void {
    const written_at = new Date().toISOString();
    const entry: Waiting = {
      ...draft,
      client_id: this.#makeId(),
      conversation_id: conversationId,
      written_at,
      state: 'sending',
      reason: null,
    };
    this.#set([...this.waiting, entry]);
    if (isJoined) this.#transmit(entry);
  }

  /** Go on with what was kept before the page was loaded again. */
  restore(waiting: readonly Waiting[]): void {
    this.waiting = waiting;
  }

  /** Send what was not answered: after each `join` of a conversation. */
  resend(conversationId: string): void {
    for (const entry of this.waiting) {
      if (entry.conversation_id === conversationId && entry.state === 'sending') this.#transmit(entry);
    }
  }

  /** Try a refused message again, with the same id. */
  retry(clientId: string): void {
    this.#update(clientId, { state: 'sending', reason: null });
    const entry = this.waiting.find((each) => each.client_id === clientId);
    if (entry) this.#transmit(entry);
  }

  /** Give a message up. */
  discard(clientId: string): void {
    this.#set(this.waiting.filter((each) => each.client_id !== clientId));
  }

  /** A message is stored: it was acknowledged, or came back as an event of the conversation. */
  settle(data: AckData | Message): void {
    if (data.client_id && this.waiting.some((each) => each.client_id === data.client_id)) this.discard(data.client_id);
  }

  /**
   * A frame was refused. Returns the seconds after which to send it again, or null if it stays
   * refused or is not one of these messages.
   */
  refuse(data: ErrorData): number | null {
    const entry = this.waiting.find((each) => each.client_id === data.client_id);
    if (!entry) return null;
    // It is sent after the next `join`.
    if (data.code === 'not_joined') return null;
    if (data.retry_after !== undefined) return data.retry_after;
    this.#update(entry.client_id, { state: 'failed', reason: data.code });
    return null;
  }

  /** None of the messages to a conversation can be sent any more. */
  refuseAll(conversationId: string, reason: string): void {
    for (const entry of this.waiting) {
      if (entry.conversation_id === conversationId) this.#update(entry.client_id, { state: 'failed', reason });
    }
  }

  /** Forget everything: another account may sign in. */
  clear(): void {
    this.#set([]);
  }

  #transmit(entry: Waiting): void {
    const { client_id, conversation_id, content, image_ids = [], file_id = null, track_id = null, reply_to = null } = entry;
    this.#send('message', { client_id, conversation_id, content, image_ids, file_id, track_id, reply_to });
  }

  #update(clientId: string, change: Partial<Waiting>): void {
    this.#set(this.waiting.map((each) => (each.client_id === clientId ? { ...each, ...change } : each)));
  }

  #set(waiting: readonly Waiting[]): void {
    this.waiting = waiting;
    this.#changed();
  }
}
