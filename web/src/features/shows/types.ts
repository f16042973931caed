/** The types of shows, and what pages say of an episode. */

import type { Schemas } from '../../api/client';
import { t } from '../../i18n/index.svelte';

export type Show = Schemas['Show'];
export type Episode = Schemas['Episode'];
export type ListedEpisode = Schemas['ListedEpisode'];
export type Cue = Schemas['Cue'];

/** The speeds that pages of episodes offer. */
export const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2] as const;

/** Return the place of an episode in its show, such as "Season 1, episode 2"; empty without one. */
export function placeOf(episode: ListedEpisode): string {
  const parts = [
    episode.kind === 'full' ? null : t(`show.kind.${episode.kind}`),
    episode.season === null ? null : t('show.season', { number: episode.season }),
    episode.number === null ? null : t('show.episode', { number: episode.number }),
  ];
  return parts.filter((part) => part !== null).join(' · ');
}
