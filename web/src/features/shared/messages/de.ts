import type shared from './en';
import type { Translation } from '../../../i18n/format';

export default {
  'shared.title': 'Eine geteilte Datei',
  'shared.about': '{size}, verfügbar bis {time}',
  'shared.password': 'Passwort',
  'shared.protected': 'Diese Datei hat ein Passwort. Wer dir den Link geschickt hat, kennt es.',
  'shared.open': 'Öffnen',
  'shared.download': 'Herunterladen',
  'shared.gone.title': 'Dieser Link funktioniert nicht mehr',
  'shared.gone.text': 'Er ist abgelaufen oder wurde widerrufen. Bitte um einen neuen.',
  'shared.wrong': 'Das Passwort ist falsch: Prüfe es und versuche es noch einmal.',
} satisfies Translation<typeof shared>;
