import type tips from './en';
import type { Translation } from '../../../../i18n/format';

export default {
  'tip.text': 'Alles geht an {name}, bis auf die Gebühr dieser Seite.',
  'tip.amount': 'Betrag',
  'tip.own': 'Anderer Betrag',
  'tip.ownIn': 'Betrag in {currency}',
  'tip.notAnAmount': 'Schreib einen Betrag zwischen {least} und {most}.',
  'tip.often': 'Wie oft',
  'tip.once': 'Einmal',
  'tip.monthly': 'Jeden Monat',
  'tip.message': 'Ein paar Worte, wenn du magst',
  'tip.message.hint': '{name} liest sie mit deinem Trinkgeld.',
  'tip.email.hint': 'Dorthin geht die Quittung. {name} sieht sie nicht.',
  'tip.send': '{amount} geben',
  'tip.sending': 'Einen Moment…',
  'tip.next': 'Du bezahlst auf der nächsten Seite.',
  'tip.next.monthly': 'Du bezahlst auf der nächsten Seite, dann jeden Monat, bis du in den Einstellungen kündigst.',
  'tip.uncertain': 'Es kam keine Antwort. Versuche es noch einmal: Nichts wird doppelt bezahlt.',
  'tip.closed': '{name} nimmt gerade kein Trinkgeld an.',
} satisfies Translation<typeof tips>;
