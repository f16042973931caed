import type { Translation } from '../../../i18n/format';
import type english from './en';

export default {
  'offline.page': 'Downloads',
  'offline.keep': '{title} zum Hören ohne Netz herunterladen',
  'offline.remove': 'Download von {title} entfernen',
  'offline.used': '{used} von {limit} belegt',
  'offline.limit': 'Höchstens',
  'offline.removeAll': 'Alle entfernen',
  'offline.there': '{count} von {total} Tracks',
  'offline.problem.limit': 'Die Grenze ist erreicht. Entferne etwas oder erlaube mehr.',
  'offline.problem.space': 'Auf diesem Gerät ist kein Platz mehr.',
  'offline.problem.failed': 'Der Download wurde unterbrochen. Er geht von selbst weiter.',
  'offline.empty.title': 'Noch nichts heruntergeladen',
  'offline.empty.text':
    'Drück auf den Pfeil einer Veröffentlichung, einer Playlist oder eines Tracks, und er spielt auch ohne Netz. Beim Abmelden wird alles entfernt.',
  'offline.unsupported.title': 'Nicht in diesem Browser',
  'offline.unsupported.text': 'Dieser Browser kann keine Musik für Zeiten ohne Netz aufbewahren.',
} satisfies Translation<typeof english>;
