/** Addresses of covers in the size in which they are shown. */

// Where a cover is shown, and the sides in pixels for ordinary and for dense screens.
const SIDES = { row: [64, 128], card: [256, 512], page: [512, 768] } as const;

export type CoverPlace = keyof typeof SIDES;

/** Return the address of a picture whose longer side is at least so many pixels. */
export function sized(url: string, side: number): string {
  return `${url}${url.includes('?') ? '&' : '?'}size=${side}`;
}

/** Return the `src` and `srcset` of a cover. */
export function sources(url: string, place: CoverPlace): { src: string; srcset: string } {
  const [plain, dense] = SIDES[place];
  const src = sized(url, plain);
  return { src, srcset: `${src} 1x, ${sized(url, dense)} 2x` };
}
