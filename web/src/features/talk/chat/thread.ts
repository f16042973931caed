/**
 * The messages of one conversation: pages of its history and live events become one list.
 *
 * Events are numbered without gaps by `seq`. `seen` is the highest one up to which all are here, and
 * where the next `join` or `sync` begins. An event may arrive twice, by the connection and by a page,
 * and in any order: each changes the list once.
 */

import type { Change, Frame, HistoryData, Message, ReadMark } from '../frames';

/** The last `seq` that changed a part of a message, so that an earlier event does not undo a later one. */
interface Applied {
  content: number;
  reactions: number;
}

/** Characters of a message that an answer quotes. */
const EXCERPT_LENGTH = 140;

export class Thread {
  messages: readonly Message[] = [];
  /** Messages that arrived over the connection since the last look, for announcements. */
  arrived: Message[] = [];
  /** Up to which number the others have read, by member. */
  readonly marks = new Map<string, number>();
  seen: number | null = null;
  /** Earlier events are being requested: live ones do not move `seen`. */
  isSyncing = false;
  readonly #me: string;
  readonly #applied = new Map<string, Applied>();

  constructor(me: string) {
    this.#me = me;
  }

  /** Begin where the history is about to be read: events after `seq` come by `join`. */
  begin(seq: number): void {
    this.seen ??= seq;
  }

  /** Return the data of a `join`: events are requested from where the list ends. */
  joining(): { since?: number } {
    if (this.seen === null) return {};
    this.isSyncing = true;
    return { since: this.seen };
  }

  /** Add a page of messages as they are now. What is known already stays: it is as new. */
  merge(messages: readonly Message[]): Message[] {
    const known = new Set(this.messages.map((each) => each.id));
    const added = messages.filter((each) => !known.has(each.id));
    if (added.length > 0) this.messages = [...this.messages, ...added].sort((a, b) => a.number - b.number);
    return added;
  }

  /** Show a message as it is for its sender. */
  replace(message: Message): void {
    this.messages = this.messages.map((each) => (each.id === message.id ? message : each));
  }

  /** Apply a frame of the conversation. Returns whether events are missing: request them since `seen`. */
  receive(frame: Frame): boolean {
    if (frame.type === 'history') return this.#receivePage(frame.data);
    if (frame.type === 'read') this.#mark(frame.data);
    if (frame.type === 'message') this.arrived.push(...this.merge([frame.data]));
    else if (isChange(frame)) this.#change(frame);
    else return false;
    return this.#advance(frame.data.seq);
  }

  /** Return the messages without a gap around one of a number; null: those up to the newest. */
  runAround(number: number | null): readonly Message[] {
    const { messages } = this;
    const found = number === null ? -1 : messages.findIndex((each) => each.number === number);
    let last = found < 0 ? messages.length - 1 : found;
    let first = last;
    while (first > 0 && follows(messages[first - 1], messages[first])) first--;
    while (last < messages.length - 1 && follows(messages[last], messages[last + 1])) last++;
    return messages.slice(Math.max(0, first), last + 1);
  }

  /** Return how many others have read up to a message. */
  readersOf(number: number): number {
    return [...this.marks].filter(([id, mark]) => id !== this.#me && mark >= number).length;
  }

  #receivePage(page: HistoryData): boolean {
    this.arrived.push(...this.merge(page.messages));
    for (const change of page.changes) this.#change(change);
    for (const mark of page.read_marks ?? []) this.#mark(mark);
    this.seen = Math.max(this.seen ?? 0, page.seq);
    this.isSyncing = page.has_more;
    return false;
  }

  #advance(seq: number): boolean {
    if (this.isSyncing || this.seen === null || seq <= this.seen) return false;
    if (seq > this.seen + 1) {
      this.isSyncing = true;
      return true;
    }
    this.seen = seq;
    return false;
  }

  #change(change: Change): void {
    this.#changeQuotes(change);
    const index = this.messages.findIndex((each) => each.id === change.data.message_id);
    const message = this.messages[index];
    // An event of a message that is not loaded: its page will show the message as it is then.
    if (!message || (message.deleted_at && change.type !== 'restored')) return;
    // It is deleted to others: a page of the history has it as its sender sees it.
    if (message.taken_down && change.type === 'deleted') return;
    const applied = this.#applied.get(message.id) ?? { content: 0, reactions: 0 };
    const part = change.type === 'reaction' ? 'reactions' : 'content';
    if (change.data.seq <= applied[part]) return;
    this.#applied.set(message.id, { ...applied, [part]: change.data.seq });
    this.messages = this.messages.with(index, changed(message, change, this.#me));
  }

  /** Answers show the answered message as it is now. */
  #changeQuotes(change: Change): void {
    if (change.type === 'reaction') return;
    const id = change.data.message_id;
    if (change.type === 'restored') {
      this.#restoreQuotes(change.data.message);
      return;
    }
    if (!this.messages.some((each) => each.reply_to?.id === id)) return;
    this.messages = this.messages.map((each) => {
      if (each.reply_to?.id !== id) return each;
      return { ...each, reply_to: change.type === 'edited' ? { ...each.reply_to, excerpt: excerptOf(change.data.content) } : null };
    });
  }

  /** Answers quote a message again that is there again. */
  #restoreQuotes({ id, seq, sender, content }: Message): void {
    const quote = sender && { id, seq, sender, excerpt: excerptOf(content) };
    this.messages = this.messages.map((each) => (each.reply_to_id === id ? { ...each, reply_to: quote } : each));
  }

  #mark(mark: ReadMark): void {
    this.marks.set(mark.user_id, Math.max(mark.number, this.marks.get(mark.user_id) ?? 0));
  }
}

/** Return the beginning of a message, as the server quotes it. */
export function excerptOf(content: string): string {
  return [...content].slice(0, EXCERPT_LENGTH).join('');
}

function follows(before: Message | undefined, after: Message | undefined): boolean {
  return before !== undefined && after !== undefined && after.number === before.number + 1;
}

function isChange(frame: Frame): frame is Frame & Change {
  return frame.type === 'edited' || frame.type === 'deleted' || frame.type === 'restored' || frame.type === 'reaction';
}

/** A deleted message, without its content. */
const EMPTY = { content: '', images: [], file: null, track_id: null, track: null, reply_to_id: null, reply_to: null, reactions: [] };

function changed(message: Message, change: Change, me: string): Message {
  switch (change.type) {
    case 'edited':
      return { ...message, content: change.data.content, edited_at: change.data.edited_at };
    case 'deleted':
      return { ...message, ...EMPTY, deleted_at: change.data.deleted_at };
    case 'restored':
      return { ...change.data.message, reacted: message.reacted ?? [] };
    case 'reaction':
      return { ...message, reactions: change.data.reactions, reacted: reactedAfter(message, change.data, me) };
  }
}

function reactedAfter(message: Message, data: Extract<Change, { type: 'reaction' }>['data'], me: string): string[] {
  const before = message.reacted ?? [];
  if (data.user.id !== me) return before;
  const others = before.filter((emoji) => emoji !== data.emoji);
  return data.is_added ? [...others, data.emoji] : others;
}
