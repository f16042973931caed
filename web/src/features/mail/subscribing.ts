/** Consent to mail of a profile: of members at once, of other addresses once they open the mailed link. */

import { type Schemas, api, call } from '../../api/client';
import { ApiError } from '../../api/errors';

export type Subscription = Schemas['MemberSubscription'];

/** Return whether the member gets mail of a profile. Throws ApiError. */
export function findSubscription(profile_id: string): Promise<Subscription> {
  return call(api.GET('/api/v1/profiles/{profile_id}/subscription', { params: { path: { profile_id } } }));
}

/** Store that the member wants mail of a profile, or no more. Throws ApiError. */
export function chooseMail(profile_id: string, subscribed: boolean): Promise<Subscription> {
  return call(api.PUT('/api/v1/profiles/{profile_id}/subscription', { params: { path: { profile_id } }, body: { subscribed } }));
}

/**
 * Have an address be asked whether it wants mail of a profile; while many strangers ask, with a
 * proof of work. Throws ApiError.
 */
export async function askForMail(profile_id: string, form: Schemas['SubscribeForm']): Promise<void> {
  const post = (body: Schemas['SubscribeForm']): Promise<unknown> =>
    call(api.POST('/api/v1/profiles/{profile_id}/subscribers', { params: { path: { profile_id } }, body }));
  try {
    await post(form);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'proof_required') throw error;
    const { solve } = await import('../account/proof');
    const challenge = error.errorOf('proof.challenge')?.message ?? '';
    await post({ ...form, proof: await solve({ challenge, bits: Number(error.errorOf('proof.bits')?.message) }) });
  }
}
