/** Return whether the sidebar has room for names: see `shell.css`. */
export function hasRoom(): boolean {
  return matchMedia('(min-width: 1081px)').matches;
}
