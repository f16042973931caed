import type { Translation } from '../../../../i18n/format';
import type en from './en';

export default {
  'stations.others': 'Nur wem diese Station gehört, kann sie ändern.',
  'stations.text': 'Ein Sender spielt deine Tracks Tag und Nacht, ohne Encoder.',
  'stations.new': 'Name eines neuen Senders',
  'stations.make': 'Sender anlegen',
  'stations.edit': 'Sender',
  'stations.onAir': 'Auf Sendung',
  'stations.onAir.text': 'Alle können zuhören.',
  'stations.name': 'Name',
  'stations.description': 'Text',
  'stations.tracks': 'Tracks',
  'stations.tracks.none': 'Ohne Tracks herrscht Stille.',
  'stations.jingles': 'Jingles',
  'stations.jingleEvery': 'Ein Jingle nach so vielen Tracks (0: keiner)',
  'stations.gap': 'Andere Tracks, bevor ein Artist wieder läuft',
  'stations.zone': 'Zeitzone',
  'stations.remove': '{title} entfernen',
  'stations.changes': 'Das neue Programm beginnt um {time}.',
  'stations.unplayed': { one: '{count} Track kann nicht gespielt werden.', other: '{count} Tracks können nicht gespielt werden.' },
  'stations.show': 'Sender zeigen',
  'stations.save': 'Speichern',
  'stations.saved': 'Der Sender wurde gespeichert.',
  'stations.report': 'Spielbericht herunterladen',
} satisfies Translation<typeof en>;
