/** One room that somebody looks at: what it plays and its queue, kept up to date over the WebSocket. */

import { type Schemas, api, call } from '../../api/client';
import { asApiError } from '../../api/errors';
import type { Frame } from '../talk/frames';
import { live, send, subscribe } from '../talk/live.svelte';
import { type Entry, type Playing, RoomClock, type State, complete, lastKnown, playingAt, spreadOver } from './sync';

export type ListeningRoom = Schemas['ListeningRoom'];
export type Change = Omit<Schemas['ListeningChange'], 'version'>;

const CLOCK = 'clock';
const FIRST_PINGS_MS = [0, 200, 400, 800, 1600];
const PING_EVERY_MS = 15_000;
const SHOWN_EVERY_MS = 250;
// No frame tells of roles, nor of tracks that were hidden since.
const LOOK_EVERY_MS = 60_000;
// In large rooms this happens more seldom, too.
const LOOKS_PER_SPREAD = 10;

/** Those that are shown, of which there is one for each page. */
const rooms = new Set<TogetherRoom>();

subscribe({
  onReady: () => rooms.forEach((each) => each.measure()),
  onFrame: (frame) => rooms.forEach((each) => each.receive(frame)),
});

/** Return the time in ms since 1970 by a clock that never jumps. */
function localNow(): number {
  return performance.timeOrigin + performance.now();
}

export class TogetherRoom {
  readonly id: string;
  room = $state.raw<ListeningRoom | null>(null);
  state = $state.raw<State | null>(null);
  error = $state.raw<unknown>(null);
  /** The number of members of the conversation, who all read a change. */
  people = 1;
  /** The conversation has no listening room. */
  isOver = $state(false);
  /** The playback position, at most a quarter of a second old. */
  playing = $state.raw<Playing | null>(null);
  readonly #clock = new RoomClock();
  readonly #sent = new Map<string, number>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #pings = 0;
  #looking: ReturnType<typeof setTimeout> | undefined;
  #reading: ReturnType<typeof setTimeout> | undefined;
  #shownFor: readonly unknown[] = [];

  constructor(id: string) {
    this.id = id;
  }

  /** Load it, and follow what changes. Returns what ends that. */
  follow(): () => void {
    rooms.add(this);
    void this.load();
    this.measure();
    const pings = setInterval(() => this.#ping(), PING_EVERY_MS);
    this.#lookLater();
    const shown = setInterval(() => this.#show(), SHOWN_EVERY_MS);
    return () => {
      rooms.delete(this);
      clearInterval(pings);
      clearTimeout(this.#looking);
      clearInterval(shown);
      clearTimeout(this.#reading);
      this.#timers.forEach(clearTimeout);
    };
  }

  readonly load = (): Promise<void> => this.#read(null);

  /** Read it, with the tracks of new entries alone where it is known. */
  async #read(known: ListeningRoom | null): Promise<void> {
    const after = lastKnown(known, this.state);
    try {
      const params = { path: { conversation_id: this.id }, query: { after } };
      const read = await call(api.GET('/api/v1/conversations/{conversation_id}/listening', { params }));
      // It ended and began again meanwhile: its entries are others.
      if (after > 0 && lastKnown(known, read.state) === 0) return await this.load();
      this.take(known && after > 0 ? complete(read, known, after) : read);
    } catch (error) {
      const failure = asApiError(error);
      if (failure.code === 'not_listening') this.end();
      else if (!this.room || failure.status === 404) this.error = failure;
    }
  }

  /** Show a room as the server answered it. */
  take(room: ListeningRoom): void {
    this.error = null;
    this.isOver = false;
    this.room = room;
    if (!this.state || room.state.version >= this.state.version) this.state = room.state;
    this.#show();
  }

  end(): void {
    this.isOver = true;
    this.room = this.state = this.playing = null;
  }

  /** Change the room. Throws ApiError. `version` null changes whatever is there. */
  async change(change: Change, version: number | null = this.state?.version ?? null): Promise<void> {
    const params = { path: { conversation_id: this.id } };
    try {
      const body = { version, ...change };
      this.#see(await call(api.PUT('/api/v1/conversations/{conversation_id}/listening', { params, body })));
    } catch (error) {
      if (asApiError(error).code === 'listening_changed') void this.load();
      throw error;
    }
  }

  receive(frame: Frame): void {
    if (frame.type === 'pong') this.#measured(String(frame.id), frame.data?.time_ms);
    else if (frame.type === 'ack' && frame.id === 'join' && frame.data.conversation_id === this.id) void this.load();
    else if (frame.type === 'listening' && frame.data.conversation_id === this.id) {
      if (frame.data.state) this.#see(frame.data.state);
      else this.end();
    }
  }

  /** Measure the clock of the server, several times as the connection is new. */
  measure(): void {
    for (const after of FIRST_PINGS_MS) {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#ping();
      }, after);
      this.#timers.add(timer);
    }
  }

  /** Return what plays at this moment. */
  readonly playingNow = (): Playing | null => {
    const { room, state } = this;
    const behind = this.#clock.behind;
    if (!room || !state || behind === null) return null;
    return playingAt(room.entries as readonly Entry[], state, localNow() + behind);
  };

  #lookLater(): void {
    const after = LOOK_EVERY_MS * (0.8 + Math.random() / 5) + LOOKS_PER_SPREAD * spreadOver(this.people);
    this.#looking = setTimeout(() => {
      void this.load();
      this.#lookLater();
    }, after);
  }

  #ping(): void {
    if (live.state !== 'open') return;
    const id = `${CLOCK}:${++this.#pings}`;
    this.#sent.clear();
    this.#sent.set(id, localNow());
    send('ping', { conversation_id: this.id }, id);
  }

  #measured(id: string, time: number | undefined): void {
    const sent = this.#sent.get(id);
    if (sent === undefined || time === undefined) return;
    this.#clock.note(sent, time, localNow());
    this.#show();
  }

  #see(state: State): void {
    if (this.state && state.version < this.state.version) return;
    if (this.isOver) void this.load();
    this.state = state;
    this.#show();
    if (!this.room || state.queue_version === this.room.state.queue_version) return;
    clearTimeout(this.#reading);
    this.#reading = setTimeout(() => void this.#read(this.room), Math.random() * spreadOver(this.people));
  }

  #show(): void {
    const playing = this.playingNow();
    const seen = [this.room, this.state, playing?.entry, Math.floor((playing?.positionMs ?? 0) / 1000)];
    if (seen.every((each, index) => each === this.#shownFor[index]) && this.playing !== null) return;
    this.#shownFor = seen;
    this.playing = playing;
  }
}
