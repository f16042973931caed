/**
 * Passkeys: the browser's WebAuthn, in the JSON that the API gives and takes.
 *
 * A page has one pending request for a passkey at most: a new one aborts the one before.
 */

import type { Schemas } from '../../../api/client';

type CreationOptions = Schemas['PasskeyCreationOptions'];
type RequestOptions = Schemas['PasskeyRequestOptions'];
export type MadePasskey = Schemas['MadePasskey'];
export type PasskeyAnswer = Schemas['PasskeyAnswer'];

let pending: AbortController | null = null;

/** Whether passkeys can be used here: browsers have none for addresses without a name. */
export function hasPasskeys(): boolean {
  return 'PublicKeyCredential' in window && !/^[\d.]+$|^\[/.test(location.hostname);
}

/** Whether the browser offers passkeys where a name is typed. */
export async function offersPasskeys(): Promise<boolean> {
  return hasPasskeys() && (await PublicKeyCredential.isConditionalMediationAvailable?.().catch(() => false));
}

/** Make a passkey; null if the member thought better of it. Throws DOMException. */
export async function makePasskey(options: CreationOptions): Promise<MadePasskey | null> {
  const made = await wait((signal) => navigator.credentials.create({ publicKey: readCreation(options), signal }));
  if (!made) return null;
  const response = made.response as AuthenticatorAttestationResponse;
  return { response: { clientDataJSON: encode(response.clientDataJSON), attestationObject: encode(response.attestationObject) } };
}

/** Ask for a passkey; null if the member chose none. `isOffered`: in the list of a field, until one is chosen. */
export async function askPasskey(options: RequestOptions, isOffered = false): Promise<PasskeyAnswer | null> {
  const mediation = isOffered ? 'conditional' : 'optional';
  const given = await wait((signal) => navigator.credentials.get({ publicKey: readRequest(options), mediation, signal }));
  if (!given) return null;
  const response = given.response as AuthenticatorAssertionResponse;
  return {
    id: encode(given.rawId),
    response: {
      clientDataJSON: encode(response.clientDataJSON),
      authenticatorData: encode(response.authenticatorData),
      signature: encode(response.signature),
      userHandle: response.userHandle && encode(response.userHandle),
    },
  };
}

/** Give up the request that is pending, if any. */
export function stopAsking(): void {
  pending?.abort();
  pending = null;
}

async function wait(ask: (signal: AbortSignal) => Promise<Credential | null>): Promise<PublicKeyCredential | null> {
  stopAsking();
  const own = (pending = new AbortController());
  try {
    return (await ask(own.signal)) as PublicKeyCredential | null;
  } catch (error) {
    // Cancelled, timed out, or given up for another request.
    if (error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError')) return null;
    throw error;
  } finally {
    if (pending === own) pending = null;
  }
}

// Browsers before 2025 can't read the JSON themselves.
function readCreation(options: CreationOptions): PublicKeyCredentialCreationOptions {
  const given = options as PublicKeyCredentialCreationOptionsJSON;
  if ('parseCreationOptionsFromJSON' in PublicKeyCredential) return PublicKeyCredential.parseCreationOptionsFromJSON(given);
  return {
    ...(given as unknown as PublicKeyCredentialCreationOptions),
    challenge: decode(options.challenge),
    user: { ...options.user, id: decode(options.user.id) },
    excludeCredentials: options.excludeCredentials.map(({ id }) => ({ type: 'public-key', id: decode(id) })),
  };
}

function readRequest(options: RequestOptions): PublicKeyCredentialRequestOptions {
  const given = options as PublicKeyCredentialRequestOptionsJSON;
  if ('parseRequestOptionsFromJSON' in PublicKeyCredential) return PublicKeyCredential.parseRequestOptionsFromJSON(given);
  return {
    ...(given as unknown as PublicKeyCredentialRequestOptions),
    challenge: decode(options.challenge),
    allowCredentials: options.allowCredentials.map(({ id }) => ({ type: 'public-key', id: decode(id) })),
  };
}

/** Return the bytes of base64url. */
export function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
}

/** Return bytes in base64url. */
export function encode(content: ArrayBuffer): string {
  const letters = Array.from(new Uint8Array(content), (byte) => String.fromCharCode(byte)).join('');
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
