import type shared from './en';
import type { Translation } from '../../../i18n/format';

export default {
  'shared.title': 'Un archivo compartido',
  'shared.about': '{size}, disponible hasta el {time}',
  'shared.password': 'Contraseña',
  'shared.protected': 'Este archivo tiene contraseña. La sabe quien te envió el enlace.',
  'shared.open': 'Abrir',
  'shared.download': 'Descargar',
  'shared.gone.title': 'Este enlace ya no funciona',
  'shared.gone.text': 'Ha caducado o fue revocado. Pide otro a quien lo envió.',
  'shared.wrong': 'La contraseña es incorrecta: compruébala e inténtalo de nuevo.',
} satisfies Translation<typeof shared>;
