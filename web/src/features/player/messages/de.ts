import type player from './en';
import type { Translation } from '../../../i18n/format';

export default {
  'player.full': 'Jetzt läuft',
  'player.full.view': 'Ansicht',
  'player.full.cover': 'Cover',
  'player.full.lyrics': 'Liedtext',
  'player.lyrics.none': 'Dieser Titel hat keinen Liedtext.',
  'player.lyrics.failed': 'Der Liedtext wurde nicht geladen.',
  'player.lyrics.from': 'Ab {time} abspielen',
  'player.elsewhere': 'Jetzt spielt ein anderes Gerät.',
  'player.resume.label': 'Weiterhören',
  'player.resume.from': 'Von {device}',
  'player.resume.here': 'Hier weiterhören',
  'player.sleep.title': 'Schlaf-Timer',
  'player.sleep.off': 'Aus',
  'player.sleep.track': 'Am Ende dieses Titels',
  'player.sleep.queue': 'Am Ende der Warteschlange',
  'player.sleep.left': 'Die Musik endet in {time}',
  'player.sleep.leftTrack': 'Die Musik endet nach diesem Titel',
  'player.sleep.leftQueue': 'Die Musik endet nach der Warteschlange',
  'player.comment.at': 'Kommentar bei {time}',
  'player.comment.field': 'Dein Kommentar',
  'player.comment.send': 'Senden',
  'player.comment.sent': 'Dein Kommentar steht bei {time}.',
  'player.comment.signIn': 'Melde dich an, um zu kommentieren',
  'player.sleep.minutes': { one: '{count} Minute', other: '{count} Minuten' },
} satisfies Translation<typeof player>;
