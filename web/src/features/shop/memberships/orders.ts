/** Joining, paying and changing tiers, by orders that are placed once. */

import { type Schemas, api, call } from '../../../api/client';
import { newKey } from '../checkout/ordering';

/** The requests that place orders, each repeated with its key until it is answered. */
export class Orders {
  #sent: { text: string; key: string } | null = null;

  join(body: Schemas['MembershipForm']): Promise<Schemas['MembershipOrder']> {
    return this.#once(JSON.stringify(body), (header) => call(api.POST('/api/v1/marketplace/memberships', { params: { header }, body })));
  }

  pay(membership_id: string): Promise<Schemas['MembershipOrder']> {
    return this.#once(`pay ${membership_id}`, (header) =>
      call(api.POST('/api/v1/marketplace/memberships/{membership_id}/pay', { params: { path: { membership_id }, header } })),
    );
  }

  change(membership_id: string, body: Schemas['TierChoice']): Promise<Schemas['MembershipOrder']> {
    return this.#once(membership_id + JSON.stringify(body), (header) =>
      call(api.POST('/api/v1/marketplace/memberships/{membership_id}/tier', { params: { path: { membership_id }, header }, body })),
    );
  }

  async #once<T>(text: string, send: (header: { 'Idempotency-Key': string }) => Promise<T>): Promise<T> {
    if (this.#sent?.text !== text) this.#sent = { text, key: newKey() };
    const answer = await send({ 'Idempotency-Key': this.#sent.key });
    this.#sent = null;
    return answer;
  }
}
