/** The site itself: its name, logo, colours and legal pages, as the server says in the head of the page. */

import type { Schemas } from '../api/client';
import { type Site, DEFAULT_NAME, LEGAL_PAGES, paintSite, readSite } from './identity';

export { LEGAL_PAGES } from './identity';
export type { AiChoice, ExplicitChoice } from './identity';

export const site = $state<Site>(readSite());
paintSite(site);

/** Show a profile that was just saved. */
export function showSite(saved: Schemas['SiteSettings']): void {
  site.name = saved.name ?? DEFAULT_NAME;
  site.colors = saved.colors;
  site.logoUrl = saved.logo_url;
  [site.explicit, site.ai] = [saved.explicit, saved.ai];
  site.pages = LEGAL_PAGES.filter((each) => saved[each] !== null);
  paintSite(site);
}
