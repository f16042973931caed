import type { Translation } from '../../../../i18n/format';
import type english from './en';

export default {
  'lyrics.title': 'Liedtext',
  'lyrics.view': 'Zeigen',
  'lyrics.view.text': 'Text',
  'lyrics.view.timing': 'Zeiten',
  'lyrics.view.preview': 'Vorschau',
  'lyrics.text': 'Der Text, Zeile für Zeile',
  'lyrics.empty': 'Schreib zuerst den Text. Spiel dann den Track ab und tippe, wenn eine Zeile beginnt.',
  'lyrics.tooMany': 'Ein Liedtext hat höchstens {count} Zeilen.',
  'lyrics.complete': 'Alle Zeilen haben eine Zeit: Wer zuhört, kann mitlesen.',
  'lyrics.untimed': {
    one: '{count} Zeile hat noch keine Zeit. Bis alle eine haben, wird nur der Text gezeigt.',
    other: '{count} Zeilen haben noch keine Zeit. Bis alle eine haben, wird nur der Text gezeigt.',
  },
  'lyrics.early': { one: '{count} Zeile beginnt vor einer über ihr.', other: '{count} Zeilen beginnen vor einer über ihnen.' },
  'lyrics.discard': 'Änderungen verwerfen',
  'lyrics.deleted': 'Der Liedtext wurde gelöscht.',
  'lyrics.start': 'Abspielen und mittippen',
  'lyrics.tap': 'Zeile beginnt jetzt',
  'lyrics.end': 'Alle Zeilen waren an der Reihe.',
  'lyrics.back': { one: '{count} s zurück', other: '{count} s zurück' },
  'lyrics.all': 'Alle Zeilen',
  'lyrics.allEarlier': 'Alle Zeilen früher',
  'lyrics.allLater': 'Alle Zeilen später',
  'lyrics.from': 'Ab {time} abspielen',
  'lyrics.choose': 'Als nächste Zeile: {line}',
  'lyrics.earlier': 'Früher: {line}',
  'lyrics.later': 'Später: {line}',
  'lyrics.clear': 'Ohne Zeit: {line}',
  'lyrics.break': 'Pause',
} satisfies Translation<typeof english>;
