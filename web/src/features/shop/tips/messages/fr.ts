import type tips from './en';
import type { Translation } from '../../../../i18n/format';

export default {
  'tip.text': 'Tout va à {name}, sauf les frais de ce site.',
  'tip.amount': 'Montant',
  'tip.own': 'Un autre montant',
  'tip.ownIn': 'Montant en {currency}',
  'tip.notAnAmount': 'Écris un montant entre {least} et {most}.',
  'tip.often': 'Combien de fois',
  'tip.once': 'Une fois',
  'tip.monthly': 'Chaque mois',
  'tip.message': 'Quelques mots, si tu veux',
  'tip.message.hint': '{name} les lit avec ton pourboire.',
  'tip.email.hint': 'Le reçu y est envoyé. {name} ne la voit pas.',
  'tip.send': 'Donner {amount}',
  'tip.sending': 'Un instant…',
  'tip.next': 'Tu paies à la page suivante.',
  'tip.next.monthly': 'Tu paies à la page suivante, puis chaque mois, jusqu’à ce que tu résilies dans les réglages.',
  'tip.uncertain': 'Aucune réponse. Réessaie : rien n’est payé deux fois.',
  'tip.closed': '{name} ne prend pas de pourboires en ce moment.',
} satisfies Translation<typeof tips>;
