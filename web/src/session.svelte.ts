/** Who is signed in. */

import { type Ending, type Schemas, api, beginSession, call, endSession, findEnding, hasSession, leaveSession, whenSessionEnds } from './api/client';
import { ApiError } from './api/errors';

export type Account = Schemas['UserAccount'];

/**
 * `isKnown` is false until the first answer, so that nothing is shown that disappears again.
 * `ending` says why the server ended the session, until the reader goes on.
 */
export const session = $state<{ account: Account | null; isKnown: boolean; ending: Ending | null }>({ account: null, isKnown: false, ending: null });

/** Find out who is signed in. A request is sent only if this browser signed in before. */
export async function startSession(): Promise<void> {
  whenSessionEnds(noteEnd);
  if (hasSession()) await loadAccount();
  session.isKnown = true;
}

/** The session ended here, in another tab, or on the server: say why if nobody here signed out. */
export function noteEnd(): void {
  session.account = null;
  session.ending = findEnding();
}

/** Load the account again, such as after a change of it. */
export async function loadAccount(): Promise<void> {
  try {
    session.account = await call(api.GET('/api/v1/users/me'));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) endSession();
    session.account = null;
  }
}

/** Sign in. Throws ApiError. */
export async function signIn(email: string, password: string): Promise<void> {
  const { expires_in } = await call(api.POST('/api/v1/auth/login', { body: { email, password } }));
  beginSession(expires_in);
  session.ending = null;
  await loadAccount();
}

/** Create an account and sign in. Throws ApiError. */
export async function signUp(form: Schemas['RegistrationForm']): Promise<void> {
  const { expires_in } = await call(api.POST('/api/v1/auth/register', { body: form }));
  beginSession(expires_in);
  session.ending = null;
  await loadAccount();
}

/** Sign out here. The session counts as ended in this browser whatever the server answers. */
export async function signOut(): Promise<void> {
  leaveSession();
  try {
    await call(api.POST('/api/v1/auth/logout'));
  } finally {
    endSession();
    session.account = null;
  }
}
