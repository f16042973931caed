/** Colours of a cover, as the server computed them: see `[data-cover]` in `styles/tokens.css`. */

import type { Attachment } from 'svelte/attachments';

/** Hue and chroma (OKLCH) of a dark and of a light colour. */
export interface Palette {
  dark: readonly number[];
  light: readonly number[];
}

const NAMES = ['--dark-h', '--dark-c', '--light-h', '--light-c'] as const;

/** Give an element, and what is inside, the colours of a cover: `{@attach colouredBy(palette)}`. */
export function colouredBy(palette: Palette | null | undefined): Attachment<HTMLElement> {
  return (element) => {
    if (!palette) return;
    const values = [...palette.dark, ...palette.light];
    element.dataset['cover'] = '';
    for (const [index, name] of NAMES.entries()) element.style.setProperty(name, String(values[index] ?? 0));
    return () => {
      delete element.dataset['cover'];
      for (const name of NAMES) element.style.removeProperty(name);
    };
  };
}
