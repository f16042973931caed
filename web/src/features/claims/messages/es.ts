import type claims from './en';
import type { Translation } from '../../../i18n/format';

export default {
  'claim.title': 'Reclamar una página',
  'claim.text': '{label} creó la página de {name}. Si eres tú, o actúas en su nombre, hazte cargo de ella.',
  'claim.effect.own': 'La página y todo lo que publicó son tuyos.',
  'claim.effect.label': '{label} ya no la lleva. Lo acordado para sus lanzamientos se mantiene, y sigue en el sello hasta que lo termines.',
  'claim.effect.money': 'Lo que ganó se guardó para ti.',
  'claim.submit': 'Reclamar esta página',
  'claim.look': 'Ver la página',
  'claim.as': 'La reclamas como @{name}.',
  'claim.signIn': 'Entra o crea una cuenta, con cualquier dirección. Vuelves aquí.',
  'claim.until': 'Este enlace sirve una vez, hasta el {date}, para quien lo tenga.',
  'claim.done': '{name} es tuya ahora.',
  'claim.tooMany': 'Esta cuenta posee tantas páginas como puede.',
  'claim.gone.title': 'Este enlace ya no sirve',
  'claim.gone.text': 'La página fue reclamada o el enlace caducó. Pide otro al sello.',
} satisfies Translation<typeof claims>;
