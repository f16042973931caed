/** What a station plays at this moment: asked for again when the track ends. */

import { api, call } from '../../api/client';
import { Loaded } from '../../api/load.svelte';
import { untilNext } from './stations';

const TICK_MS = 1000;

export class OnAir {
  now = $state(Date.now());
  readonly #id: string;
  /** How far the clock of this device is behind that of the server, in milliseconds. */
  #ahead = 0;
  readonly page = new Loaded(async () => {
    const found = await call(api.GET('/api/v1/stations/{station_id}/now', { params: { path: { station_id: this.#id } } }));
    this.#ahead = Date.parse(found.server_time) - Date.now();
    this.now = Date.now() + this.#ahead;
    return found;
  });

  constructor(id: string) {
    this.#id = id;
  }

  /** Follow the clock; returns what ends that. */
  readonly follow = (): (() => void) => {
    let timer: ReturnType<typeof setTimeout>;
    const ask = async (): Promise<void> => {
      await this.page.run();
      timer = setTimeout(() => void ask(), untilNext(this.page.data?.now ?? null, Date.now() + this.#ahead));
    };
    void ask();
    const ticking = setInterval(() => (this.now = Date.now() + this.#ahead), TICK_MS);
    return () => {
      clearTimeout(timer);
      clearInterval(ticking);
    };
  };
}
