/**
 * Whether the server has a newer version of this application. It is offered, never forced.
 *
 * The page names the script that it begins with, whose name contains the hash of its content.
 */

const SCRIPT = /<script[^>]*\ssrc="(\/assets\/[^"]+\.js)"/;
const INTERVAL_MS = 10 * 60_000;

export const version = $state({ isNewer: false });

let checkedAt = Date.now();

/** Return the path of the first script of a page. */
export function scriptOf(html: string): string | null {
  return SCRIPT.exec(html)?.[1] ?? null;
}

/** Ask for the page, and compare. Fails silently: it is asked again. */
export async function checkVersion(): Promise<void> {
  if (import.meta.env.DEV || version.isNewer) return;
  checkedAt = Date.now();
  try {
    const response = await fetch('/', { cache: 'no-cache' });
    const [served, ours] = [scriptOf(await response.text()), scriptOf(document.head.innerHTML)];
    version.isNewer = response.ok && served !== null && ours !== null && served !== ours;
  } catch {
    // There is no network, or no server.
  }
}

/** Ask whenever somebody returns to the tab after a while. Called once. */
export function startVersionChecks(): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && Date.now() - checkedAt > INTERVAL_MS) void checkVersion();
  });
}
