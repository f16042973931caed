import type tips from './en';
import type { Translation } from '../../../../i18n/format';

export default {
  'tip.text': 'Todo llega a {name}, menos la comisión de este sitio.',
  'tip.amount': 'Importe',
  'tip.own': 'Otro importe',
  'tip.ownIn': 'Importe en {currency}',
  'tip.notAnAmount': 'Escribe un importe entre {least} y {most}.',
  'tip.often': 'Con qué frecuencia',
  'tip.once': 'Una vez',
  'tip.monthly': 'Cada mes',
  'tip.message': 'Unas palabras, si quieres',
  'tip.message.hint': '{name} las lee con tu propina.',
  'tip.email.hint': 'Ahí llega el recibo. {name} no la ve.',
  'tip.send': 'Dar {amount}',
  'tip.sending': 'Un momento…',
  'tip.next': 'Pagas en la página siguiente.',
  'tip.next.monthly': 'Pagas en la página siguiente y después cada mes, hasta que canceles en los ajustes.',
  'tip.uncertain': 'No hubo respuesta. Inténtalo de nuevo: nada se paga dos veces.',
  'tip.closed': '{name} no acepta propinas por ahora.',
} satisfies Translation<typeof tips>;
