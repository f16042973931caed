/** Who is signed in. */

import {
  type Ending,
  type Schemas,
  api,
  beginSession,
  call,
  endSession,
  findEnding,
  hasSession,
  leaveSession,
  whenFactorsRequired,
  whenSessionEnds,
  whenStepUpNeeded,
} from '../api/client';
import { type Acting, acting } from '../api/acting.svelte';
import { ApiError, asApiError } from '../api/errors';
import { askForProof } from './overlays.svelte';
import type { PasskeyAnswer } from '../features/account/factors/passkeys';
import { navigate } from './router.svelte';
import { hasTyped } from './typed';

export type Account = Schemas['UserAccount'];
export type Challenge = Schemas['LoginChallenge'];
export type FactorProof = { code: string } | { recovery_code: string } | { passkey: PasskeyAnswer };
export type ProofNeeded = Pick<Schemas['ProofChallenge'], 'challenge' | 'bits'>;

/** The provider that somebody signed in at, if signing out goes on there. */
const PROVIDER = 'veza.provider';

interface Session {
  account: Account | null;
  /** As whom pages show and do things: the account, or the profile that it acts as. */
  readonly actor: Account | null;
  /** False until the first answer, so that nothing is shown that disappears again. */
  isKnown: boolean;
  /** Why it can't be known at the moment. */
  failure: ApiError | null;
  /** The server ended the session of this account while somebody was typing: they can sign in again. */
  expired: Account | null;
  /** Why the server ended the session, until the reader goes on. */
  ending: Ending | null;
}

export const session = $state<Session>({
  account: null,
  get actor(): Account | null {
    return this.account && actorOf(this.account, acting.profile);
  },
  isKnown: false,
  failure: null,
  expired: null,
  ending: null,
});

/** Return an account as the profile that it acts as. Profiles publish, and never are staff. */
function actorOf(account: Account, profile: Acting | null): Account {
  if (profile?.accountId !== account.id) return account;
  const { id, handle, display_name, avatar_url } = profile;
  return { ...account, id, username: handle, display_name, avatar_url, role: 'creator', may_invite: false };
}

/** Whether somebody is signed in; until the first answer, whether this browser was. */
export function isMember(): boolean {
  return session.isKnown ? session.account !== null : hasSession();
}

let onMember: (() => void) | null = null;

/** Call a function when it is known that somebody is signed in, once. */
export function whenMember(run: () => void): void {
  onMember = run;
}

let settle: ((isResumed: boolean) => void) | null = null;
let settled: Promise<boolean> | null = null;

/** Find out who is signed in. A request is sent only if this browser signed in before. */
export async function startSession(): Promise<void> {
  whenSessionEnds(expire);
  whenStepUpNeeded(askForProof);
  whenFactorsRequired(() => {
    if (location.pathname !== '/settings/security') navigate('/settings/security');
  });
  try {
    if (hasSession()) await loadAccount();
    session.failure = null;
    session.isKnown = true;
  } catch (error) {
    session.failure = asApiError(error);
  }
}

/** The session ended here, in another tab, or on the server: say why if nobody here signed out. */
export function noteEnd(): void {
  session.account = null;
  session.ending = findEnding();
}

/** Load the account again, such as after a change of it. Throws ApiError if trying again can help. */
export async function loadAccount(): Promise<void> {
  try {
    session.account = await call(api.GET('/api/v1/users/me'));
    // Until it is stored, each page says it again.
    if (session.account.language === null) void import('./languages').then(({ tellLanguage }) => tellLanguage()).catch(() => undefined);
    onMember?.();
    onMember = null;
  } catch (error) {
    if (error instanceof ApiError && error.isTemporary) throw error;
    if (error instanceof ApiError && error.status === 401) endSession();
    session.account = null;
  }
}

/**
 * The server has ended the session. If somebody has typed a text, the page stays, covered by a
 * dialog, until they sign in again or give it up. Returns whether they did.
 */
export function expire(): Promise<boolean> {
  if (settled) return settled;
  if (!session.account || !hasTyped() || findEnding()?.kind === 'suspended') {
    noteEnd();
    return Promise.resolve(false);
  }
  session.expired = session.account;
  settled = new Promise((resolve) => (settle = resolve));
  return settled;
}

/** Sign in again, and go on with the page as it was. Returns a challenge if that is not all. Throws ApiError. */
export async function resume(password: string): Promise<Challenge | null> {
  const challenge = session.expired && (await signIn(session.expired.email, password));
  if (!challenge) finish();
  return challenge;
}

/** Complete signing in again with a second factor. Throws ApiError. */
export async function completeResume(challenge: Challenge, proof: FactorProof): Promise<void> {
  await completeSignIn(challenge, proof);
  finish();
}

/** Go on after another tab has signed in. */
export async function resumeFromOtherTab(): Promise<void> {
  await loadAccount().catch(() => undefined);
  if (session.account) finish();
}

/** Give up what was typed: nobody is signed in. */
export function leave(): void {
  session.account = null;
  finish();
}

function finish(): void {
  const isSame = session.account !== null && session.account.id === session.expired?.id;
  session.expired = null;
  settle?.(isSame);
  [settle, settled] = [null, null];
}

/** Sign in. Returns a challenge if a second factor is needed, see `completeSignIn`. Throws ApiError. */
export async function signIn(email: string, password: string): Promise<Challenge | null> {
  const outcome = await call<Schemas['SignedInUser'] | Challenge>(api.POST('/api/v1/auth/login', { body: { email, password } }));
  if ('challenge' in outcome) return outcome;
  rememberProvider(null);
  await enter(outcome.expires_in);
  return null;
}

/**
 * Go on after signing in at a provider, whose session is in the cookies already. `signOutAt` is the
 * provider to sign out at, too. Throws ApiError.
 */
export async function enterByProvider(expiresInSeconds: number, signOutAt: string | null): Promise<void> {
  rememberProvider(signOutAt);
  await enter(expiresInSeconds);
}

/** Complete signing in with a second factor. Throws ApiError. */
export async function completeSignIn({ challenge }: Challenge, proof: FactorProof): Promise<void> {
  const { expires_in } = await call(api.POST('/api/v1/auth/login/factor', { body: { challenge, ...proof } }));
  await enter(expires_in);
}

/** Remember at which provider to sign out when somebody signs out here. */
export function rememberProvider(signOutAt: string | null): void {
  if (signOutAt) localStorage.setItem(PROVIDER, signOutAt);
  else localStorage.removeItem(PROVIDER);
}

/** Return what a passkey has to sign to complete signing in. Throws ApiError. */
export function beginFactor({ challenge }: Challenge): Promise<Schemas['PasskeyRequestOptions']> {
  return call(api.POST('/api/v1/auth/login/factor/options', { body: { challenge } }));
}

/** Return what any passkey has to sign to sign in. Throws ApiError. */
export function beginPasskeySignIn(): Promise<Schemas['PasskeyRequestOptions']> {
  return call(api.POST('/api/v1/auth/login/passkey/options'));
}

/** Sign in with a passkey alone. Throws ApiError. */
export async function signInByPasskey(credential: PasskeyAnswer): Promise<void> {
  const { expires_in } = await call(api.POST('/api/v1/auth/login/passkey', { body: { credential } }));
  rememberProvider(null);
  await enter(expires_in);
}

async function enter(expiresInSeconds: number): Promise<void> {
  beginSession(expiresInSeconds);
  session.ending = null;
  await loadAccount();
}

/**
 * Create an account, and sign in unless it waits for approval. Returns whether somebody is signed in.
 *
 * `solve` finds the solution of a challenge, if the server asks for a proof of work. Throws ApiError.
 */
export async function signUp(
  form: Schemas['SignUpForm'],
  solve: (needed: ProofNeeded) => Promise<Schemas['ProofSolution']>,
): Promise<boolean> {
  const send = (body: Schemas['SignUpForm']): Promise<Schemas['SignedInUser'] | Schemas['WaitingAccount']> =>
    call<Schemas['SignedInUser'] | Schemas['WaitingAccount']>(api.POST('/api/v1/auth/register', { body }));
  const outcome = await send(form).catch(async (error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== 'proof_required') throw error;
    const proof = await solve({
      challenge: error.errorOf('proof.challenge')?.message ?? '',
      bits: Number(error.errorOf('proof.bits')?.message),
    });
    return send({ ...form, proof });
  });
  if ('awaiting_approval' in outcome) return false;
  await enter(outcome.expires_in);
  return true;
}

/** Create the first admin of a new server, and sign in. Throws ApiError. */
export async function setUp(form: Schemas['SetupForm']): Promise<void> {
  const { expires_in } = await call(api.POST('/api/v1/auth/setup', { body: form }));
  await enter(expires_in);
}

/**
 * Sign out here. The session counts as ended in this browser whatever the server answers. Returns
 * the address at which to sign out at a provider too, if they signed in there.
 */
export async function signOut(): Promise<string | null> {
  const provider = localStorage.getItem(PROVIDER);
  rememberProvider(null);
  leaveSession();
  try {
    await call(api.POST('/api/v1/auth/logout'));
  } finally {
    endSession();
    session.account = null;
  }
  return provider && `/api/v1/auth/openid/${encodeURIComponent(provider)}/logout`;
}
