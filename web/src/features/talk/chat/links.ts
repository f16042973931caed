/** Links to music of this site in what people write. */

import { piecesOf } from '../text';

export interface MusicLink {
  kind: 'tracks' | 'releases' | 'playlists';
  id: string;
  /** The address as it was written. */
  text: string;
}

const PATH = /^\/(tracks|releases|playlists)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/?$/i;
// More links of a message stay links.
const MAX_LINKS = 3;

/** Return the music that a text links to on this site, each once. */
export function musicLinksIn(text: string, origin = location.origin): MusicLink[] {
  const found = new Map<string, MusicLink>();
  for (const piece of piecesOf(text)) {
    const path = piece.isExternal && piece.href !== null ? pathOn(origin, piece.href) : null;
    const [, kind, id] = (path && PATH.exec(path)) ?? [];
    if (!kind || !id) continue;
    const link: MusicLink = { kind: kind.toLowerCase() as MusicLink['kind'], id: id.toLowerCase(), text: piece.text };
    if (!found.has(`${link.kind}/${link.id}`)) found.set(`${link.kind}/${link.id}`, link);
  }
  return [...found.values()].slice(0, MAX_LINKS);
}

function pathOn(origin: string, href: string): string | null {
  const url = URL.parse(href);
  return url?.origin === origin ? url.pathname : null;
}
