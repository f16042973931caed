import type listen from '../en/listen';
import type { Translation } from '../format';

export default {
  'home.title': 'Start',
  'home.new': 'Neu',
  'home.trending': 'Am meisten gehört',
  'home.releases': 'Neue Veröffentlichungen',
  'home.empty.title': 'Noch nichts zu hören',
  'home.empty.text': 'Der erste Titel, der veröffentlicht wird, erscheint hier.',
  'track.plays': { one: '{count}-mal gehört', other: '{count}-mal gehört' },
} satisfies Translation<typeof listen>;
