/** The site itself, as the server says in the head of the page, and its colours. */

import type { Schemas } from '../api/client';

export const LEGAL_PAGES = ['terms', 'imprint', 'privacy', 'copyright'] as const;
export type LegalPage = (typeof LEGAL_PAGES)[number];
export type Colors = Schemas['SiteColors'];
export type ExplicitChoice = Schemas['ExplicitChoice'];
export type AiChoice = Schemas['AiChoice'];

export interface Site {
  name: string;
  colors: Colors | null;
  logoUrl: string | null;
  pages: readonly LegalPage[];
  /** The choices for visitors, and for members without a choice of their own. */
  explicit: ExplicitChoice;
  ai: AiChoice;
}

export const DEFAULT_NAME = 'Veza';
const NAMES = { light: '--accent-light', on_light: '--on-accent-light', dark: '--accent-dark', on_dark: '--on-accent-dark' } as const;

export function readSite(): Site {
  const said = document.querySelector<HTMLMetaElement>('meta[name="veza-site"]')?.content;
  if (!said) return { name: DEFAULT_NAME, colors: null, logoUrl: null, pages: [], explicit: 'mark', ai: 'show' };
  const found = JSON.parse(said) as { name: string; colors: Colors | null; logo_url: string | null } & Pick<
    Site,
    'pages' | 'explicit' | 'ai'
  >;
  return { name: found.name, colors: found.colors, logoUrl: found.logo_url, pages: found.pages, explicit: found.explicit, ai: found.ai };
}

/** Give main controls the colours of the site: see `[data-accent]` in `styles/tokens.css`. */
export function paintSite({ colors }: Site): void {
  const root = document.documentElement;
  if (colors) root.dataset['accent'] = '';
  else delete root.dataset['accent'];
  for (const [each, name] of Object.entries(NAMES)) {
    if (colors) root.style.setProperty(name, colors[each as keyof Colors]);
    else root.style.removeProperty(name);
  }
}
