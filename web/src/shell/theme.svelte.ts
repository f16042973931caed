/** Light, dark, or as the system says. */

export type Theme = 'light' | 'dark' | 'system';

const STORED = 'veza.theme';
const stored = localStorage.getItem(STORED);

export const theme = $state<{ chosen: Theme }>({ chosen: stored === 'light' || stored === 'dark' ? stored : 'system' });
apply();

/** Choose a theme for this browser. */
export function chooseTheme(chosen: Theme): void {
  theme.chosen = chosen;
  if (chosen === 'system') localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, chosen);
  apply();
}

/** Switch from what is shown to the other one. */
export function toggleTheme(): void {
  chooseTheme(isDark() ? 'light' : 'dark');
}

function isDark(): boolean {
  return theme.chosen === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : theme.chosen === 'dark';
}

function apply(): void {
  if (theme.chosen === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.chosen;
}
