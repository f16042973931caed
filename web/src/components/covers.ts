/** Addresses of covers in the size in which they are shown. */

// Where a cover is shown, and the sides in pixels for ordinary and for dense screens. The server
// announces that of a page in the same way: `COVERS` in `veza/http/web_app/hints.py`.
const SIDES = { row: [64, 128], card: [256, 384], page: [512, 768] } as const;
/**
 * How wide the cover of a page is at least; browsers choose the picture by that and their pixels. It
 * is shown up to 340px wide: enlarged by a sixth it looks the same, and phones load half as much.
 */
const PAGE_WIDTH = '290px';

export type CoverPlace = keyof typeof SIDES;

interface Sources {
  src: string;
  srcset?: string;
  sizes?: string;
}

/** Screens from this on get the picture for dense ones: browsers choose so for `1x` and `2x`. */
const DENSE = Math.SQRT2;

/** Return the address of a picture whose longer side is at least so many pixels. */
export function sized(url: string, side: number): string {
  // A picture of this browser has one size.
  if (url.startsWith('blob:')) return url;
  return `${url}${url.includes('?') ? '&' : '?'}size=${side}`;
}

/** Return the address of a reduced picture in the smallest format. */
function reduced(url: string, side: number): string {
  const found = sized(url, side);
  return found === url ? url : `${found}&format=avif`;
}

/**
 * Return the attributes of a cover's `img`. Only those of a page have a `srcset`: Chromium may keep an
 * image that has one after it was removed, with all that it was in, and lists show many.
 */
export function sources(url: string, place: CoverPlace, density = window.devicePixelRatio): Sources {
  const [plain, dense] = SIDES[place];
  if (place !== 'page') return { src: reduced(url, density >= DENSE ? dense : plain) };
  const src = reduced(url, plain);
  return { sizes: PAGE_WIDTH, src, srcset: `${src} ${plain}w, ${reduced(url, dense)} ${dense}w` };
}
