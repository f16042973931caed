/** What the service worker asks the page for. */

/** Return the page that a click on a notification opens: an address of our own only. */
export function pathToOpen(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || !('type' in data) || !('path' in data)) return null;
  const { type, path } = data;
  return type === 'open' && typeof path === 'string' && /^\/(?!\/)/.test(path) ? path : null;
}
