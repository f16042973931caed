/** Following the profile of a page: shown at once, and taken back if the server refuses. */

import { type Schemas, api, call } from '../../api/client';

type Member = Schemas['MemberProfile'];
type FollowState = Schemas['FollowState'];

export class Follow {
  #changed = $state.raw<FollowState | null>(null);
  readonly #member: () => Member | null;

  constructor(member: () => Member | null) {
    this.#member = member;
  }

  get isOn(): boolean {
    return this.#changed?.following ?? this.#member()?.following ?? false;
  }

  /** The number of followers. */
  get count(): number {
    return this.#changed?.followers_count ?? this.#member()?.followers_count ?? 0;
  }

  /** Note that following began or ended elsewhere: blocking ends it. */
  note(following: boolean): void {
    if (following !== this.isOn) this.#changed = { following, followers_count: this.count + (following ? 1 : -1) };
  }

  /** Follow, or end it. Throws ApiError. */
  async toggle(): Promise<void> {
    const member = this.#member();
    if (!member) return;
    const [before, path] = [this.#changed, { params: { path: { user_id: member.id } } }];
    const wanted = !this.isOn;
    this.note(wanted);
    try {
      this.#changed = await (wanted
        ? call(api.POST('/api/v1/users/{user_id}/follow', path))
        : call(api.DELETE('/api/v1/users/{user_id}/follow', path)));
    } catch (error) {
      this.#changed = before;
      throw error;
    }
  }
}
