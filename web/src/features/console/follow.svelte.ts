/** Data of the console that follow the address of their page. */

import { untrack } from 'svelte';
import { Loaded } from '../../api/load.svelte';
import { router } from '../../shell/router.svelte';

/**
 * Load what the query of the address asks for, and again when it changes. Called while a component
 * is created. Parameters in `ignored` change nothing in the answer.
 */
export function follow<T>(fetch: (query: URLSearchParams) => Promise<T>, ignored: readonly string[] = []): Loaded<T> {
  const { path } = router;
  const loaded = new Loaded(() => fetch(router.query));
  const wanted = $derived(JSON.stringify([...router.query].filter(([name]) => !ignored.includes(name))));
  $effect(() => {
    void wanted;
    // The address changes before the page does.
    if (router.path === path) untrack(() => void loaded.run());
  });
  return loaded;
}
