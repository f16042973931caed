import type { Translation } from '../../../i18n/format';
import type en from './en';

export default {
  'station.title': 'Sender',
  'station.list': 'Sender',
  'station.list.text': 'Sie spielen Tag und Nacht.',
  'station.badge': 'Auf Sendung',
  'station.off': 'Nicht auf Sendung',
  'station.by': 'Sender von {name}',
  'station.listen': 'Anhören',
  'station.stop': 'Stoppen',
  'station.press': 'Zum Anhören drücken',
  'station.silent': 'Gerade läuft nichts.',
  'station.refused': 'Der Sender kann gerade nicht gespielt werden. Versuche es später noch einmal.',
  'station.jingle': 'Jingle',
  'station.gone': 'Ein Track, den es hier nicht mehr gibt',
  'station.of': '{at} von {length}',
  'station.next': 'Als Nächstes',
  'station.played': 'Gespielt',
  'station.played.more': 'Mehr zeigen',
  'station.played.none': 'Bisher wurde nichts gespielt.',
  'station.share': 'Teilen',
  'station.edit': 'Sender bearbeiten',
  'station.elsewhere': 'Anderswo hören',
  'station.elsewhere.text': 'Diese Adresse spielen Player, die HLS kennen, wie VLC und mpv.',
  'station.copy': 'Adresse kopieren',
  'station.copied': 'Die Adresse wurde kopiert.',
} satisfies Translation<typeof en>;
