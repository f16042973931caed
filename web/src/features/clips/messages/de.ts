import type { Translation } from '../../../i18n/format';
import type en from './en';

export default {
  'clips.title': 'Clips',
  'clips.make': 'Clip',
  'clips.make.title': 'Einen Clip machen',
  'clips.make.text': 'Die letzten Sekunden, die du gehört hast, für alle, die diesen Stream sehen dürfen.',
  'clips.name': 'Titel',
  'clips.seconds': 'Länge',
  'clips.count': { one: '{count} Sekunde', other: '{count} Sekunden' },
  'clips.save': 'Machen',
  'clips.made': 'Der Clip ist gemacht.',
  'clips.by': 'von {name}',
  'clips.of': 'Zum Stream',
  'clips.play': 'Clip: {title}',
  'clips.notPlayed': 'Dieser Clip kann hier nicht abgespielt werden.',
  'clips.closed':
    'Niemand kann diesen Clip gerade abspielen: Der Stream ist für andere als damals, oder seine Aufzeichnung ist nicht mehr öffentlich.',
  'clips.share': 'Teilen',
  'clips.delete': 'Löschen',
  'clips.delete.text': 'Er ist sofort für alle weg.',
  'clips.deleted': 'Der Clip ist gelöscht.',
} satisfies Translation<typeof en>;
