import type { Translation } from '../../../../i18n/format';
import type en from './en';

export default {
  'stations.others': 'Seul le propriétaire de cette station peut la modifier.',
  'stations.text': 'Une station joue des morceaux jour et nuit, sans encodeur.',
  'stations.new': 'Nom d’une nouvelle station',
  'stations.make': 'Créer une station',
  'stations.edit': 'Station',
  'stations.onAir': 'À l’antenne',
  'stations.onAir.text': 'Tout le monde peut écouter.',
  'stations.name': 'Nom',
  'stations.description': 'Texte',
  'stations.tracks': 'Morceaux',
  'stations.tracks.none': 'Sans morceaux, c’est le silence.',
  'stations.jingles': 'Jingles',
  'stations.jingleEvery': 'Un jingle après tant de morceaux (0 : aucun)',
  'stations.gap': 'Autres morceaux avant qu’un artiste revienne',
  'stations.zone': 'Fuseau horaire',
  'stations.remove': 'Retirer {title}',
  'stations.changes': 'Le nouveau programme commence à {time}.',
  'stations.unplayed': {
    one: '{count} morceau ne peut pas être joué.',
    many: '{count} morceaux ne peuvent pas être joués.',
    other: '{count} morceaux ne peuvent pas être joués.',
  },
  'stations.show': 'Afficher la station',
  'stations.save': 'Enregistrer',
  'stations.saved': 'La station a été enregistrée.',
  'stations.report': 'Télécharger le rapport',
} satisfies Translation<typeof en>;
