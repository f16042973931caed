/** What in a text is a link: addresses, mentions and tags. */

export interface Piece {
  text: string;
  href: string | null;
  isExternal: boolean;
}

const PATTERN =
  /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'’])|(?<![\p{L}\p{N}_/])@([A-Za-z0-9_.-]*[A-Za-z0-9_])|(?<![\p{L}\p{N}_&/])#([\p{L}\p{N}_-]*\p{L}[\p{L}\p{N}_-]*)/gu;

/** Return a text in pieces, of which some are links. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const found of text.matchAll(PATTERN)) {
    const [whole, url, name, tag] = found;
    if (found.index > end) pieces.push({ text: text.slice(end, found.index), href: null, isExternal: false });
    const href = url ?? (name ? `/artists/${encodeURIComponent(name)}` : `/tags/${encodeURIComponent(tag ?? '')}`);
    pieces.push({ text: whole, href, isExternal: url !== undefined });
    end = found.index + whole.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), href: null, isExternal: false });
  return pieces;
}
