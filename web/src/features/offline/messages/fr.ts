import type { Translation } from '../../../i18n/format';
import type english from './en';

export default {
  'offline.page': 'Téléchargements',
  'offline.keep': 'Télécharger {title} pour l’écouter sans réseau',
  'offline.remove': 'Supprimer le téléchargement de {title}',
  'offline.used': '{used} sur {limit} utilisés',
  'offline.limit': 'Au plus',
  'offline.removeAll': 'Tout supprimer',
  'offline.there': '{count} morceaux sur {total}',
  'offline.problem.limit': 'La limite est atteinte. Supprime quelque chose, ou autorise davantage.',
  'offline.problem.space': 'Il n’y a plus de place sur cet appareil.',
  'offline.problem.failed': 'Le téléchargement a été interrompu. Il reprend tout seul.',
  'offline.empty.title': 'Rien de téléchargé',
  'offline.empty.text':
    'Touche la flèche d’une sortie, d’une playlist ou d’un morceau pour l’écouter aussi sans réseau. La déconnexion supprime tout.',
  'offline.unsupported.title': 'Pas dans ce navigateur',
  'offline.unsupported.text': 'Ce navigateur ne peut pas garder de musique pour les moments sans réseau.',
} satisfies Translation<typeof english>;
