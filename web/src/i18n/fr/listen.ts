import type listen from '../en/listen';
import type { Translation } from '../format';

export default {
  'home.title': 'Accueil',
  'home.new': 'Nouveautés',
  'home.trending': 'Les plus écoutés',
  'home.releases': 'Nouvelles sorties',
  'home.empty.title': 'Rien à écouter pour l’instant',
  'home.empty.text': 'Le premier morceau publié apparaîtra ici.',
  'track.plays': { one: '{count} écoute', many: '{count} d’écoutes', other: '{count} écoutes' },
} satisfies Translation<typeof listen>;
