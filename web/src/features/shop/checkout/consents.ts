/** Whether sellers may write to who buys from them. Nothing is ticked before. */

import { language } from '../../../i18n/index.svelte';
import { session } from '../../../shell/session.svelte';
import { askForMail, chooseMail, findSubscription } from '../../mail/subscribing';
import type { Seller } from './cart';

/** Return the sellers who have no consent of the buyer yet. Pages can't give it, and are not asked. */
export async function findOpen(sellers: readonly Seller[]): Promise<Seller[]> {
  if (!session.account) return [...sellers];
  if (session.actor?.id !== session.account.id) return [];
  const found = await Promise.all(sellers.map(async (seller) => ((await findSubscription(seller.id)).subscribed ? [] : [seller])));
  return found.flat();
}

/**
 * Give sellers the consent of a buyer; guests are asked again by a mail to their address. Returns
 * the sellers for whom that failed.
 */
export async function giveConsent(sellers: readonly Seller[], email: string): Promise<Seller[]> {
  const give = (id: string): Promise<unknown> =>
    session.account ? chooseMail(id, true) : askForMail(id, { email, language: language(), proof: null });
  const given = await Promise.allSettled(sellers.map((seller) => give(seller.id)));
  return sellers.filter((_, index) => given[index]?.status === 'rejected');
}
