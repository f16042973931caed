/**
 * The API, typed by its OpenAPI document.
 *
 *     const track = await call(api.GET('/api/v1/tracks/{track_id}', { params: { path: { track_id } } }));
 *
 * `call` returns what is in `data` of the envelope, or throws an ApiError. Browsers are authenticated
 * by HttpOnly cookies: no token is ever read or kept by a script. Requests that change something
 * send the CSRF token of the session, which is kept in memory only, and all name the profile that the
 * member acts as. If the access token has expired,
 * it is refreshed once for all requests that wait, and they are sent again.
 */

import type { components, paths } from '$generated/schema';
import createClient, { type Middleware } from 'openapi-fetch';
import type { Readable } from 'openapi-typescript-helpers';
import { PROFILE_HEADER, isOfAccount, profileHeaders } from './acting.svelte';
import { dropDownloads } from './downloads';
import { type ApiError, asApiError, isFailure, suspensionReasonOf, toApiError } from './errors';
import { forgetAll, keep, recall } from './kept';
import { answered, unanswered } from './network.svelte';
import { SESSION } from './storedNames';

/** The types of the API, as they are received. */
export type Schemas = Readable<components['schemas']>;

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const CSRF_HEADER = 'x-csrf-token';

/** Why the session ended, for the other tabs. */
const ENDING = 'veza.ended';
/** Somebody signed out in a tab: none has to say why the session ends. */
const LEFT = 'veza.left';
const MARGIN_MS = 60_000;

let csrfToken: Promise<string> | null = null;
let refreshing: Promise<boolean> | null = null;
let onSignedOut: () => Promise<boolean> = () => Promise.resolve(false);
let onStepUp: () => Promise<boolean> = () => Promise.resolve(false);
let onFactorsRequired: () => void = () => undefined;
let onRoleRefused: () => void = () => undefined;
let onRefused: () => Promise<void> = () => Promise.resolve();

/** Why the server ended a session; `reason` in the words of the moderators. */
export interface Ending {
  kind: 'suspended' | 'ended';
  reason: string | null;
  /** Where the member can appeal. */
  link: string | null;
}

export const api = createClient<paths>({ baseUrl: '/', fetch: send, credentials: 'same-origin' });

const withCsrfToken: Middleware = {
  async onRequest({ request }) {
    if (hasSession() && !SAFE.has(request.method)) request.headers.set(CSRF_HEADER, await findCsrfToken());
    return request;
  },
};

/** Name the profile that the member acts as, unless the request says as whom it is sent. */
const withProfile: Middleware = {
  onRequest({ request }) {
    if (!hasSession() || request.headers.has(PROFILE_HEADER) || isOfAccount(request.method, new URL(request.url).pathname)) return;
    for (const [name, value] of Object.entries(profileHeaders())) request.headers.set(name, value);
  },
};
api.use(withCsrfToken, withProfile);

interface Answer<D> {
  // A text where an operation has another format besides JSON.
  data?: { data: D } | string | undefined;
  error?: unknown;
  response: Response;
}

/** Return the data of a response. Throws ApiError if it was refused or none arrived. */
export async function call<D>(request: Promise<Answer<D>>): Promise<D> {
  let answer: Answer<D>;
  try {
    answer = await request;
  } catch (error) {
    throw asApiError(error);
  }
  if (typeof answer.data !== 'object') throw toApiError(answer.error, answer.response);
  return answer.data.data;
}

/** Whether this browser is signed in, as far as it knows. */
export function hasSession(): boolean {
  return localStorage.getItem(SESSION) !== null;
}

/** Remember that this browser is signed in, with an access token that lasts some seconds. */
export function beginSession(expiresInSeconds: number): void {
  localStorage.setItem(SESSION, String(Date.now() + expiresInSeconds * 1000));
  localStorage.removeItem(ENDING);
  localStorage.removeItem(LEFT);
  csrfToken = null;
  forgetAll();
  void dropDownloads();
}

/** The session is about to be ended from here: the server closes its connections before it answers. */
export function leaveSession(): void {
  localStorage.setItem(LEFT, 'yes');
}

/** The session goes on after all: its end was refused. */
export function keepSession(): void {
  localStorage.removeItem(LEFT);
}

/** Forget that this browser is signed in. */
export function endSession(): void {
  localStorage.removeItem(SESSION);
  csrfToken = null;
  forgetAll();
  void dropDownloads();
}

/** Return why the server ended the session of this browser; null if somebody signed out here. */
export function findEnding(): Ending | null {
  try {
    return JSON.parse(localStorage.getItem(ENDING) ?? 'null') as Ending | null;
  } catch {
    return null;
  }
}

/** Be ready to send changes, and to learn why the session ends: the token can't be had after that. */
export function prepareCsrfToken(): void {
  if (hasSession()) findCsrfToken().catch(() => undefined);
}

/** Call a function when the server has ended the session. It returns whether the same member signed in again. */
export function whenSessionEnds(ended: () => Promise<boolean>): void {
  onSignedOut = ended;
}

/** Call a function when a change needs a recent proof of who the member is. It returns whether they gave it. */
export function whenStepUpNeeded(needed: () => Promise<boolean>): void {
  onStepUp = needed;
}

/** Call a function when nothing is open to the member until they set up a second factor. */
export function whenFactorsRequired(required: () => void): void {
  onFactorsRequired = required;
}

/** Call a function when the member acts as a profile that they have no role in, or one that does not allow this. */
export function whenRoleRefused(refused: () => void): void {
  onRoleRefused = refused;
}

/** Call a function when a request is refused, and go on when it is done: what it loads explains why. */
export function whenRefused(refused: () => Promise<void>): void {
  onRefused = refused;
}

/** Return the error of a response to a request that was sent by other means than `api`. */
export async function errorOf(response: Response): Promise<ApiError> {
  await onRefused();
  return toApiError(await response.json().catch(() => null), response);
}

/** Send a request. Without a network, the latest answer to it counts, if there is one. */
async function send(request: Request): Promise<Response> {
  const copy = request.clone();
  try {
    const response = await sendProved(request);
    answered();
    if (!response.ok) await onRefused();
    void keep(copy, response).catch(() => undefined);
    return response;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    unanswered();
    const found = recall(copy);
    if (!found) throw error;
    return found;
  }
}

/** Send a request, and once more after the member has proved who they are, if that is needed. */
async function sendProved(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await sendSignedIn(request);
  if (response.status !== 403) return response;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  if (!isFailure(body)) return response;
  if (body.code === 'second_factor_required') onFactorsRequired();
  if (body.code === 'not_your_profile') onRoleRefused();
  return body.code === 'step_up_needed' && (await onStepUp()) ? sendSignedIn(again) : response;
}

/**
 * Send a request with a valid access token. An expired one is refreshed first: routes for everybody
 * would answer as if nobody were signed in.
 */
async function sendSignedIn(request: Request): Promise<Response> {
  if (isAboutSigningIn(request.url)) return fetch(request);
  if (!hasSession()) return sendSignedOut(request);
  if (!isFresh()) await refresh();
  const again = request.clone();
  const response = await fetch(request);
  if (response.status !== 401 || !hasSession() || !(await refresh())) return response;
  if (!SAFE.has(again.method)) again.headers.set(CSRF_HEADER, await findCsrfToken());
  return fetch(again);
}

/** Send a request without a session: if the cookies of an ended one are refused, without cookies. */
async function sendSignedOut(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await fetch(request);
  return response.status === 401 ? fetch(new Request(again, { credentials: 'omit' })) : response;
}

/** Whether the access token, if there is one, is valid for a while. */
export function isFresh(): boolean {
  return !hasSession() || Number(localStorage.getItem(SESSION)) - MARGIN_MS >= Date.now();
}

/** Refresh the access token if it expires soon, for what is requested by other means than `api`. Never throws. */
export async function keepFresh(): Promise<void> {
  if (isFresh()) return;
  await refresh().catch(() => false);
}

/** Return the headers of a change that is requested by other means than `api`, as whom the member acts. */
export async function changeHeaders(): Promise<Record<string, string>> {
  return { [CSRF_HEADER]: await findCsrfToken(), ...profileHeaders() };
}

function isAboutSigningIn(url: string): boolean {
  return /\/auth\/(login(\/(factor|passkey)(\/options)?)?|register|setup|logout|refresh)$/.test(new URL(url).pathname);
}

/** Refresh the access token: one request however many wait. Returns whether the session goes on. */
export function refresh(): Promise<boolean> {
  refreshing ??= refreshOrEnd().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function refreshOrEnd(): Promise<boolean> {
  const outcome = await withLock('veza-refresh', refreshOnce);
  if (outcome !== 'ended') return outcome === 'refreshed';
  endSession();
  // The lock is free by now: the member may take a while.
  return onSignedOut();
}

async function refreshOnce(): Promise<'refreshed' | 'ended' | 'failed'> {
  const headers = { [CSRF_HEADER]: await findCsrfToken() };
  const response = await fetch('/api/v1/auth/refresh', { method: 'POST', headers });
  if (response.ok) {
    const body = (await response.json()) as { data: { expires_in: number } };
    localStorage.setItem(SESSION, String(Date.now() + body.data.expires_in * 1000));
    return 'refreshed';
  }
  if (response.status !== 401 && response.status !== 403) return 'failed';
  if (!localStorage.getItem(LEFT)) localStorage.setItem(ENDING, JSON.stringify(await readEnding(response)));
  // Its cookies would be refused where everybody may read.
  fetch('/api/v1/auth/logout', { method: 'POST', headers }).catch(() => undefined);
  return 'ended';
}

async function readEnding(response: Response): Promise<Ending> {
  const body: unknown = await response.json().catch(() => null);
  if (!isFailure(body) || body.code !== 'account_suspended') return { kind: 'ended', reason: null, link: null };
  return { kind: 'suspended', reason: suspensionReasonOf(body.error), link: body.link ?? null };
}

function withLock<T>(name: string, run: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? navigator.locks.request(name, run) : run();
}

function findCsrfToken(): Promise<string> {
  csrfToken ??= fetchCsrfToken().catch((error: unknown) => {
    csrfToken = null;
    throw error;
  });
  return csrfToken;
}

/** Return the CSRF token of the session: empty if the session has ended, so that the request is refused. */
async function fetchCsrfToken(): Promise<string> {
  const response = await fetch('/api/v1/csrf-token');
  if (!response.ok) return '';
  const body = (await response.json()) as { data: { csrf_token: string } };
  return body.data.csrf_token;
}
