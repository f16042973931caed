/**
 * The WebSocket of the application: one for all pages.
 *
 * It reconnects by itself, after a delay that doubles up to half a minute, with jitter so that not
 * all browsers return at once after a restart. It sends a ping when it has heard nothing for a
 * while, and reconnects if there is no answer: a broken network is noticed without a close frame.
 */

import type { Frame } from './frames';

export type State = 'off' | 'connecting' | 'open' | 'waiting';

/** The part of a WebSocket that is used. */
export interface Socket {
  send(text: string): void;
  close(): void;
  onmessage: ((event: MessageEvent<unknown>) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
}

export interface Surroundings {
  /** Return a token for one connection, or null if nobody is signed in any more. Throws if it can't know. */
  findToken(): Promise<string | null>;
  /** Called after the server ended the session: returns whether it goes on after all. */
  verifySession(): Promise<boolean>;
  open(token: string): Socket;
  random(): number;
}

export interface Listener {
  onState(state: State): void;
  /** The connection is authenticated: join, and send again what was not answered. */
  onReady(): void;
  onFrame(frame: Frame): void;
  onSignedOut(): void;
  /** The role in the profile has ended, or has no messages: it stays disconnected. */
  onRoleRefused(): void;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
const QUIET_MS = 25_000;
const ANSWER_MS = 10_000;
const SESSION_ENDED = 4401;
const NOT_YOUR_PROFILE = 4403;
// The server asks for patience: it restarts, is overloaded, or received too much.
const SLOW_CODES = new Set([1008, 1013, 4408, 4409]);
const SLOW_DELAY_MS = 5000;

export class Connection {
  #state: State = 'off';
  #socket: Socket | null = null;
  #attempts = 0;
  #round = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #surroundings: Surroundings;
  readonly #listener: Listener;

  constructor(surroundings: Surroundings, listener: Listener) {
    this.#surroundings = surroundings;
    this.#listener = listener;
  }

  get state(): State {
    return this.#state;
  }

  /** Connect, and stay connected. */
  start(): void {
    if (this.#state === 'off') void this.#connect();
  }

  /** Disconnect, and stay so until `start`. */
  stop(): void {
    this.#drop();
    this.#attempts = 0;
    this.#change('off');
  }

  /** Connect now if it is waiting, such as when the network is back. */
  hurry(): void {
    if (this.#state !== 'waiting') return;
    this.#attempts = 0;
    this.#drop();
    void this.#connect();
  }

  /** Close the connection and make another: the state of the conversations is read anew. */
  restart(): void {
    if (this.#state !== 'open') return;
    this.#drop();
    this.#wait(0);
  }

  /** Send a frame. Returns false if there is no connection: it is not kept. */
  readonly send = (type: string, data: object, id?: string): boolean => {
    if (this.#state !== 'open' || !this.#socket) return false;
    this.#socket.send(JSON.stringify(id === undefined ? { type, data } : { type, id, data }));
    return true;
  };

  async #connect(): Promise<void> {
    const round = ++this.#round;
    this.#change('connecting');
    let token: string | null;
    try {
      token = await this.#surroundings.findToken();
    } catch {
      if (round === this.#round) this.#wait(0);
      return;
    }
    if (round !== this.#round) return;
    if (token === null) {
      this.#end();
      return;
    }
    const socket = this.#surroundings.open(token);
    this.#socket = socket;
    socket.onmessage = (event) => {
      if (round === this.#round) this.#receive(event.data);
    };
    socket.onclose = (event) => {
      if (round === this.#round) void this.#closed(event.code);
    };
    this.#expect(ANSWER_MS, () => this.#wait(0));
  }

  #receive(text: unknown): void {
    const frame = parse(text);
    if (!frame) return;
    this.#expect(QUIET_MS, () => this.#probe());
    if (frame.type === 'ready') {
      this.#attempts = 0;
      this.#change('open');
      this.#listener.onReady();
    } else if (frame.type === 'ping') this.send('pong', {});
    else this.#listener.onFrame(frame);
  }

  #probe(): void {
    this.send('ping', {});
    this.#expect(ANSWER_MS, () => this.#wait(0));
  }

  async #closed(code: number): Promise<void> {
    this.#drop();
    const round = this.#round;
    if (code === NOT_YOUR_PROFILE) {
      this.stop();
      this.#listener.onRoleRefused();
      return;
    }
    this.#change('waiting');
    if (code !== SESSION_ENDED) {
      this.#wait(SLOW_CODES.has(code) ? SLOW_DELAY_MS : 0);
      return;
    }
    const goesOn = await this.#surroundings.verifySession();
    if (round !== this.#round) return;
    if (goesOn) this.#wait(0);
    else this.#end();
  }

  #wait(leastMs: number): void {
    this.#drop();
    const most = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#attempts++);
    this.#change('waiting');
    this.#expect(leastMs + most * (0.5 + this.#surroundings.random() / 2), () => void this.#connect());
  }

  #end(): void {
    this.stop();
    this.#listener.onSignedOut();
  }

  /** Forget the socket: nothing that still arrives from it counts. */
  #drop(): void {
    this.#round++;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #expect(afterMs: number, otherwise: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(otherwise, afterMs);
  }

  #change(state: State): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#listener.onState(state);
  }
}

function parse(text: unknown): Frame | null {
  if (typeof text !== 'string') return null;
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === 'object' && frame !== null && 'type' in frame ? (frame as Frame) : null;
  } catch {
    return null;
  }
}
