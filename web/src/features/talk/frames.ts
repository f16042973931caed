/** Frames of the WebSocket, as docs/chat.md of the server describes them. */

import type { Schemas } from '../../api/client';

export type Message = Schemas['Message'];
export type Notification = Schemas['Notification'];

/** The changes of a message: an edit, a deletion, a return by staff, or a reaction. */
export type Change =
  | { type: 'edited'; data: { message_id: string; seq: number; content: string; edited_at: string } }
  | { type: 'deleted'; data: { message_id: string; seq: number; deleted_at: string } }
  | { type: 'restored'; data: { message_id: string; seq: number; message: Message } }
  | {
      type: 'reaction';
      data: { message_id: string; seq: number; user: { id: string }; emoji: string; is_added: boolean; reactions: Message['reactions'] };
    };

export interface ReadMark {
  user_id: string;
  number: number;
}

export interface HistoryData {
  conversation_id: string;
  since: number;
  seq: number;
  has_more: boolean;
  messages: Message[];
  changes: Change[];
  read_marks?: ReadMark[];
}

export interface AckData {
  conversation_id?: string;
  client_id?: string | null;
  message_id?: string;
  seq?: number;
  number?: number;
  read_number?: number;
  unread_count?: number;
}

export interface ErrorData {
  code: string;
  message: string;
  conversation_id?: string;
  client_id?: string;
  retry_after?: number;
}

type InConversation<T> = T & { conversation_id: string };

/** A frame of the server. Frames of other types are ignored. */
export type Frame = { id?: number | string } & (
  | { type: 'ready'; data: { user_id: string } }
  | { type: 'ack'; data: AckData }
  | { type: 'error'; data: ErrorData }
  | { type: 'message'; data: Message }
  | { type: 'edited'; data: InConversation<Extract<Change, { type: 'edited' }>['data']> }
  | { type: 'deleted'; data: InConversation<Extract<Change, { type: 'deleted' }>['data']> }
  | { type: 'restored'; data: InConversation<Extract<Change, { type: 'restored' }>['data']> }
  | { type: 'reaction'; data: InConversation<Extract<Change, { type: 'reaction' }>['data']> }
  | { type: 'history'; data: HistoryData }
  | { type: 'read'; data: InConversation<ReadMark> }
  | { type: 'typing'; data: { conversation_id: string; user_id: string; expires_in: number } }
  | { type: 'presence'; data: { conversation_id: string; user_id: string; status: string } }
  | { type: 'queue'; data: { version: number } }
  | { type: 'notification'; data: Notification }
  | { type: 'ping'; data?: undefined }
  | { type: 'listening'; data: { conversation_id: string; state: Schemas['ListeningState'] | null } }
  | { type: 'pong'; data?: { time_ms?: number } }
);

/** Sends a frame. Returns whether the connection was open. The answer repeats the id. */
export type Send = (type: string, data: object, id?: string) => boolean;

/** Return the conversation that a frame belongs to. */
export function conversationOf(frame: Frame): string | null {
  if (!frame.data || !('conversation_id' in frame.data)) return null;
  return frame.data.conversation_id ?? null;
}
