/**
 * The placeholder of a picture until it is loaded: a ThumbHash (https://evanw.github.io/thumbhash/), as
 * the server computes it (`veza/infra/media/thumb_hash.py`), drawn with a few pixels that browsers blur.
 */

const LONGER_SIDE = 8;
const COLOUR = 3;
const FILE_HEADER = 14;
const HEADERS = 54;

/** Return the address of a small picture; null if the text is no placeholder of an opaque one. */
export function drawPlaceholder(hash: string | null | undefined): string | null {
  const bytes = hash ? Uint8Array.from(atob(hash), (each) => each.charCodeAt(0)) : null;
  if (!bytes || bytes.length < 6) return null;
  const at = (index: number): number => bytes[index] ?? 0;
  const first = at(0) | (at(1) << 8) | (at(2) << 16);
  const second = at(3) | (at(4) << 8);
  const isWide = second >> 15 === 1;
  const shorter = second & 7;
  const [across, down] = isWide ? [7, shorter] : [shorter, 7];
  let next = 10;
  const part = (): number => ((at(next >> 1) >> ((next++ & 1) << 2)) & 15) / 7.5 - 1;
  const light = new Channel((first & 63) / 63, Math.max(3, across), Math.max(3, down), ((first >> 18) & 31) / 31, part);
  const warm = new Channel(((first >> 6) & 63) / 31.5 - 1, COLOUR, COLOUR, (((second >> 3) & 63) / 63) * 1.25, part);
  const red = new Channel(((first >> 12) & 63) / 31.5 - 1, COLOUR, COLOUR, (((second >> 9) & 63) / 63) * 1.25, part);
  const width = isWide ? LONGER_SIDE : Math.max(1, Math.round((LONGER_SIDE * across) / down));
  const height = isWide ? Math.max(1, Math.round((LONGER_SIDE * down) / across)) : LONGER_SIDE;
  return toBitmap(width, height, (x, y) => {
    const [l, p, q] = [light.read(x, y), warm.read(x, y), red.read(x, y)];
    const blue = l - (2 / 3) * p;
    const reds = (3 * l - blue + q) / 2;
    return [reds, reds - q, blue];
  });
}

/** The lowest frequencies of one channel of a picture. */
class Channel {
  readonly #mean: number;
  readonly #parts: { x: number; y: number; size: number }[] = [];

  constructor(mean: number, across: number, down: number, scale: number, part: () => number) {
    this.#mean = mean;
    for (let y = 0; y < down; y++) {
      for (let x = y === 0 ? 1 : 0; x * down < across * (down - y); x++) this.#parts.push({ x, y, size: part() * scale });
    }
  }

  /** Return the value at a place; both coordinates are from 0 to 1. */
  read(across: number, down: number): number {
    let value = this.#mean;
    for (const { x, y, size } of this.#parts) {
      value += size * Math.cos(Math.PI * x * across) * Math.cos(Math.PI * y * down) * 2;
    }
    return value;
  }
}

/** Return a bitmap with five bits for each of red, green and blue, which are from 0 to 1. */
function toBitmap(width: number, height: number, colourAt: (x: number, y: number) => [number, number, number]): string {
  const row = Math.ceil((2 * width) / 4) * 4;
  const file = new DataView(new ArrayBuffer(HEADERS + row * height));
  file.setUint16(0, 0x424d);
  file.setUint32(2, file.byteLength, true);
  file.setUint32(10, HEADERS, true);
  file.setUint32(14, HEADERS - FILE_HEADER, true);
  file.setInt32(18, width, true);
  file.setInt32(22, height, true);
  file.setUint16(26, 1, true);
  file.setUint16(28, 16, true);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const levels = colourAt((x + 0.5) / width, (y + 0.5) / height).map((each) => Math.round(31 * Math.min(1, Math.max(0, each))));
      const [red = 0, green = 0, blue = 0] = levels;
      // The lowest row comes first.
      file.setUint16(HEADERS + (height - 1 - y) * row + 2 * x, (red << 10) | (green << 5) | blue, true);
    }
  }
  return `data:image/bmp;base64,${btoa(String.fromCharCode(...new Uint8Array(file.buffer)))}`;
}
