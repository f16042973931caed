/** Whether somebody has typed a text that would be lost with the page. Passwords don't count. */

const TEXTS = 'main :is(textarea, input:not([type]), input[type="text"], input[type="email"], input[type="url"])';

const fields = new Set<HTMLInputElement | HTMLTextAreaElement>();

/** Watch the fields of all pages. Called once. */
export function startWatching(): void {
  addEventListener(
    'input',
    (event) => {
      const field = event.target as HTMLInputElement | null;
      if (!field?.matches?.(TEXTS)) return;
      for (const each of fields) if (!each.isConnected) fields.delete(each);
      fields.add(field);
    },
    { capture: true },
  );
}

/** Return whether a field of the page contains a text that was typed into it. */
export function hasTyped(): boolean {
  return [...fields].some((field) => field.isConnected && field.value !== '');
}
