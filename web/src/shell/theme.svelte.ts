/** Light, dark, or as the system says. */

import { type Theme, applyTheme, readTheme, storeTheme } from './chosenTheme';

export const theme = $state<{ chosen: Theme }>({ chosen: readTheme() });
applyTheme(theme.chosen);

/** Choose a theme for this browser. */
export function chooseTheme(chosen: Theme): void {
  theme.chosen = chosen;
  storeTheme(chosen);
  applyTheme(chosen);
}

/** Switch from what is shown to the other one. */
export function toggleTheme(): void {
  chooseTheme(isDark() ? 'light' : 'dark');
}

function isDark(): boolean {
  return theme.chosen === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : theme.chosen === 'dark';
}
