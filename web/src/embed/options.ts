/** The look of the embedded player, from the parameters of its address. */

export interface Options {
  theme: 'light' | 'dark' | null;
  /** Six hexadecimal digits: nothing else of an address reaches a style. */
  color: string | null;
}

/** Read the parameters; what is not valid is left out. */
export function readOptions(search: string): Options {
  const parameters = new URLSearchParams(search);
  const [theme, color] = [parameters.get('theme'), parameters.get('color') ?? ''];
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : null,
    color: /^[0-9a-f]{6}$/i.test(color) ? color.toLowerCase() : null,
  };
}

/** Return whether black is easier to read on a colour than white (WCAG 2, relative luminance). */
export function isLight(color: string): boolean {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const share = parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179;
}

/** Return a time as minutes and seconds. */
export function showTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
