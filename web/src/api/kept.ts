/**
 * The latest answers of this tab, in memory: pages that were loaded can be opened again without a
 * network. They are never stored, and forgotten when the session begins or ends.
 */

const MAX_ANSWERS = 60;
const MAX_BYTES = 300_000;
// Each is for one use, or counts as it is now.
const NEVER = /\/(chat\/token|csrf-token|healthz)$|\/uploads\//;

const kept = new Map<string, { body: string; headers: Headers }>();

/** Keep the answer to a GET request, if it is JSON of a moderate size. */
export async function keep(request: Request, response: Response): Promise<void> {
  if (request.method !== 'GET' || response.status !== 200 || NEVER.test(new URL(request.url).pathname)) return;
  if (!response.headers.get('content-type')?.startsWith('application/json')) return;
  const body = await response.clone().text();
  if (body.length > MAX_BYTES) return;
  kept.delete(request.url);
  kept.set(request.url, { body, headers: response.headers });
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_ANSWERS) break;
    kept.delete(oldest);
  }
}

/** Return the latest answer to a GET request, or null if there is none. */
export function recall(request: Request): Response | null {
  const found = request.method === 'GET' ? kept.get(request.url) : undefined;
  return found ? new Response(found.body, { status: 200, headers: found.headers }) : null;
}

/** Forget all answers. */
export function forgetAll(): void {
  kept.clear();
}
