import type { Translation } from '../../../i18n/format';
import type en from './en';

export default {
  'clips.title': 'Extraits',
  'clips.make': 'Extrait',
  'clips.make.title': 'Faire un extrait',
  'clips.make.text': 'Les dernières secondes que tu as entendues, pour ceux qui peuvent voir ce direct.',
  'clips.name': 'Titre',
  'clips.seconds': 'Durée',
  'clips.count': { one: '{count} seconde', many: '{count} secondes', other: '{count} secondes' },
  'clips.save': 'Le faire',
  'clips.made': 'L’extrait est fait.',
  'clips.by': 'par {name}',
  'clips.of': 'Vers le direct',
  'clips.play': 'Extrait : {title}',
  'clips.notPlayed': 'Cet extrait ne peut pas être lu ici.',
  'clips.closed':
    'Personne ne peut lire cet extrait pour l’instant : la diffusion n’est plus pour le même public, ou sa rediffusion n’est plus publique.',
  'clips.share': 'Partager',
  'clips.delete': 'Supprimer',
  'clips.delete.text': 'Il disparaît aussitôt pour tout le monde.',
  'clips.deleted': 'L’extrait est supprimé.',
} satisfies Translation<typeof en>;
