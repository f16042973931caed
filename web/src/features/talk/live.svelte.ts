/** The connection of this tab: who listens to it, and what happens when the session begins or ends. */

import { api, call, endSession, hasSession, prepareCsrfToken, refresh } from '../../api/client';
import { acting } from '../../api/acting.svelte';
import { ApiError } from '../../api/errors';
import { verifyRole } from '../../shell/acting.svelte';
import { expire, noteEnd, session } from '../../shell/session.svelte';
import { checkVersion } from '../../shell/version.svelte';
import { Connection, type Socket, type State } from './connection';
import type { Frame } from './frames';

export interface Subscriber {
  onReady?(): void;
  onFrame?(frame: Frame): void;
  /** Somebody signed out: forget what was theirs. */
  onEnd?(): void;
}

export const live = $state<{ state: State }>({ state: 'off' });

const subscribers = new Set<Subscriber>();

// A server that restarted may be a newer one.
let connections = 0;

const connection = new Connection(
  { findToken, verifySession, open, random: Math.random },
  {
    onState: (state) => (live.state = state),
    onReady: () => {
      if (connections++ > 0) void checkVersion();
      prepareCsrfToken();
      subscribers.forEach((each) => each.onReady?.());
    },
    onFrame: (frame) => subscribers.forEach((each) => each.onFrame?.(frame)),
    onSignedOut: ended,
    onRoleRefused: () => void verifyRole(),
  },
);

export const { send } = connection;

/** Listen to the connection for as long as the application runs. */
export function subscribe(subscriber: Subscriber): void {
  subscribers.add(subscriber);
}

/** Connect whenever somebody is signed in. Called once. */
export function startLive(): void {
  addEventListener('online', () => connection.hurry());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') connection.hurry();
  });
  // Signing out in another tab removes the mark of the session that tabs share.
  addEventListener('storage', () => {
    if (session.account && !hasSession()) signedOut();
  });
  $effect.root(() => {
    // Another name or picture needs no other connection.
    const id = $derived(session.actor?.id);
    $effect(() => {
      if (id === undefined || session.expired) return;
      connection.start();
      return () => {
        connection.stop();
        subscribers.forEach((each) => each.onEnd?.());
      };
    });
  });
}

/** Close the connection and make another, after which everything is read anew. */
export function reconnect(): void {
  connection.restart();
}

/** Connect now instead of after the delay. */
export function hurry(): void {
  connection.hurry();
}

/** The server ended the session: what is being typed is kept, unlike after signing out here. */
function ended(): void {
  endSession();
  void expire();
}

function signedOut(): void {
  endSession();
  noteEnd();
}

async function findToken(): Promise<string | null> {
  try {
    return (await call(api.GET('/api/v1/chat/token'))).token;
  } catch (error) {
    if (!hasSession()) return null;
    const isRefused = error instanceof ApiError && (error.status === 401 || error.status === 403);
    if (isRefused && !(await verifySession())) return null;
    throw error;
  }
}

async function verifySession(): Promise<boolean> {
  try {
    return (await refresh()) || hasSession();
  } catch {
    return hasSession();
  }
}

function open(token: string): Socket {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const query = acting.profile ? `?profile=${acting.profile.id}` : '';
  return new WebSocket(`${scheme}://${location.host}/api/v1/chat/ws${query}`, [`veza.chat.${token}`]);
}
