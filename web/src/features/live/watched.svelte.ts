/** One stream that somebody looks at: its state as of now, and how many watch it. */

import { api, call } from '../../api/client';
import { ApiError, asApiError } from '../../api/errors';
import { type Stream } from './streams';

export class WatchedStream {
  stream = $state.raw<Stream | null>(null);
  viewers = $state(0);
  error = $state.raw<unknown>(null);
  /** The last attempt to learn more failed; what is shown may be old. */
  isStale = $state(false);
  readonly id: string;

  constructor(id: string) {
    this.id = id;
    void this.refresh();
  }

  /** Load the stream again. What is there stays until the answer. */
  readonly refresh = async (): Promise<void> => {
    try {
      const stream = await call(api.GET('/api/v1/live/streams/{stream_id}', { params: { path: { stream_id: this.id } } }));
      this.#show(stream);
    } catch (error) {
      const failure = asApiError(error);
      this.isStale = true;
      // It is gone, such as when its streamer was suspended; anything else may pass.
      if (this.stream === null || failure.status === 404) this.error = failure;
    }
  };

  /** Say that somebody watches. */
  readonly beat = async (): Promise<void> => {
    try {
      const beat = await call(api.POST('/api/v1/live/streams/{stream_id}/heartbeat', { params: { path: { stream_id: this.id } } }));
      this.viewers = beat.viewers_count;
    } catch (error) {
      if (error instanceof ApiError && error.code !== 'network') await this.refresh();
    }
  };

  readonly retry = (): void => {
    this.error = null;
    void this.refresh();
  };

  #show(stream: Stream): void {
    this.stream = stream;
    this.error = null;
    this.isStale = false;
    this.viewers = stream.viewers_count;
  }
}
