import type { Translation } from '../../../i18n/format';
import type en from './en';

export default {
  'station.title': 'Station',
  'station.list': 'Stations',
  'station.list.text': 'Elles jouent jour et nuit.',
  'station.badge': 'À l’antenne',
  'station.off': 'Hors antenne',
  'station.by': 'Station de {name}',
  'station.listen': 'Écouter',
  'station.stop': 'Arrêter',
  'station.press': 'Appuyer pour écouter',
  'station.silent': 'Rien n’est à l’antenne en ce moment.',
  'station.refused': 'La station ne peut pas être lue pour l’instant. Réessayez plus tard.',
  'station.jingle': 'Jingle',
  'station.gone': 'Un morceau qui n’est plus ici',
  'station.of': '{at} sur {length}',
  'station.next': 'À suivre',
  'station.played': 'Déjà joué',
  'station.played.more': 'Afficher plus',
  'station.played.none': 'Rien n’a encore été joué.',
  'station.share': 'Partager',
  'station.edit': 'Modifier la station',
  'station.elsewhere': 'Écouter ailleurs',
  'station.elsewhere.text': 'Cette adresse se lit dans les lecteurs qui connaissent HLS, comme VLC et mpv.',
  'station.copy': 'Copier l’adresse',
  'station.copied': 'L’adresse a été copiée.',
} satisfies Translation<typeof en>;
