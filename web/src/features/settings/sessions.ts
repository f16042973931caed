/** The sessions of a member. */

import { type Schemas, api, call } from '../../api/client';

export type Session = Schemas['Session'];

const LIMIT = 100;

/** Return a page of the active sessions. Throws ApiError. */
export async function listSessions(cursor?: string): Promise<{ items: Session[]; next: string | null }> {
  const query = cursor === undefined ? { limit: LIMIT } : { limit: LIMIT, cursor };
  const page = await call(api.GET('/api/v1/sessions', { params: { query } }));
  return { items: page.sessions, next: page.next_cursor };
}

/** End a session. Throws ApiError. */
export async function endSessionOf(session: Session): Promise<void> {
  await call(api.POST('/api/v1/sessions/logout', { body: { session_id: session.id } }));
}

/** End all sessions but the current one, one after the other. Returns how many. Throws ApiError. */
export async function endOthers(
  list: (cursor?: string) => Promise<{ items: Session[]; next: string | null }>,
  end: (session: Session) => Promise<void>,
): Promise<number> {
  const others: Session[] = [];
  let cursor: string | undefined;
  do {
    const page = await list(cursor);
    others.push(...page.items.filter((each) => !each.is_current));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  for (const each of others) await end(each);
  return others.length;
}
