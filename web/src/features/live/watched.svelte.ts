/** One stream that somebody looks at: its state as of now, and how many watch it. */

import { api, call } from '../../api/client';
import { ApiError, asApiError } from '../../api/errors';
import { type Stream, steadyUrl } from './streams';

/** Return the ticket that the password of a stream gave in this tab. */
export function ticketFor(streamId: string): string | undefined {
  return sessionStorage.getItem(keyOf(streamId)) ?? undefined;
}

function keyOf(streamId: string): string {
  return `veza.stream.${streamId}`;
}

export class WatchedStream {
  stream = $state.raw<Stream | null>(null);
  viewers = $state(0);
  error = $state.raw<unknown>(null);
  /** The last attempt to learn more failed; what is shown may be old. */
  isStale = $state(false);
  /** It asks for a password. */
  isLocked = $state(false);
  readonly id: string;
  /** What the password gave to those who are not signed in. */
  #ticket: string | undefined;

  constructor(id: string) {
    this.id = id;
    this.#ticket = ticketFor(id);
    void this.refresh();
  }

  /** Load the stream again. What is there stays until the answer. */
  readonly refresh = async (): Promise<void> => {
    try {
      const stream = await call(api.GET('/api/v1/live/streams/{stream_id}', { params: this.#params }));
      this.#show(stream);
    } catch (error) {
      const failure = asApiError(error);
      this.isStale = true;
      if (failure.code === 'stream_locked') {
        this.isLocked = true;
        this.stream = null;
        return;
      }
      // It is gone, such as when its streamer was suspended; anything else may pass.
      if (this.stream === null || failure.status === 404) this.error = failure;
    }
  };

  /** Say that somebody watches. */
  readonly beat = async (): Promise<void> => {
    try {
      const beat = await call(api.POST('/api/v1/live/streams/{stream_id}/heartbeat', { params: this.#params }));
      this.viewers = beat.viewers_count;
    } catch (error) {
      if (error instanceof ApiError && error.code !== 'network') await this.refresh();
    }
  };

  /** Open the stream by its password. */
  async unlock(password: string): Promise<void> {
    const params = { path: { stream_id: this.id } };
    const opened = await call(api.POST('/api/v1/live/streams/{stream_id}/unlock', { params, body: { password } }));
    this.#ticket = opened.ticket;
    sessionStorage.setItem(keyOf(this.id), opened.ticket);
    this.isLocked = false;
    this.#show(opened.stream);
  }

  readonly retry = (): void => {
    this.error = null;
    void this.refresh();
  };

  get #params(): { path: { stream_id: string }; query: { ticket?: string } } {
    return { path: { stream_id: this.id }, query: this.#ticket ? { ticket: this.#ticket } : {} };
  }

  #show(stream: Stream): void {
    this.stream = { ...stream, playback_url: steadyUrl(this.stream?.playback_url, stream.playback_url, Date.now()) };
    this.isLocked = false;
    this.error = null;
    this.isStale = false;
    this.viewers = stream.viewers_count;
  }
}
