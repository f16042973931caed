import type identities from './en';
import type { Translation } from '../../../../i18n/format';

export default {
  'identities.or': 'O',
  'identities.with': 'Continuar con {name}',
  'identities.only': 'Inicia sesión con uno de estos servicios.',
  'identities.unavailable': 'No se pudieron cargar las otras formas de iniciar sesión.',
  'identities.title': 'Inicios de sesión vinculados',
  'identities.intro': 'Puedes iniciar sesión en tu cuenta con estos servicios.',
  'identities.link': 'Vincular {name}',
  'identities.linked': 'El inicio de sesión está vinculado. Puedes usarlo desde ahora.',
  'identities.since': 'Vinculado el {date}, último uso {when}',
  'identities.unlink': 'Desvincular',
  'identities.unlinkOne': 'Desvincular {name}',
  'identities.unlinkTitle': '¿Desvincular {name}?',
  'identities.unlinkText': 'Ya no podrás iniciar sesión con él. Se cerrará la sesión en todos los demás dispositivos.',
  'identities.unlinked': '{name} está desvinculado.',
  'identities.onlyWay': 'Tu única forma de iniciar sesión',
  'identities.gone': 'Este servicio ya no se ofrece aquí.',
  'identities.noPassword': 'Tu cuenta no tiene contraseña. Confirma los cambios iniciando sesión otra vez, o define una contraseña aquí.',
  'identities.setPassword': 'Definir una contraseña',
  'identities.passwordSet': 'Tu contraseña está definida. También puedes iniciar sesión con ella.',
  'identities.error.identity_provider_away':
    'El servicio de inicio de sesión no responde. Inténtalo más tarde o inicia sesión de otra forma.',
  'identities.error.sign_in_denied': 'El inicio de sesión se canceló.',
  'identities.error.attempt_over': 'Este inicio de sesión tardó demasiado o se empezó en otra pestaña. Empieza de nuevo.',
  'identities.error.no_account':
    'Ninguna cuenta está vinculada a este inicio de sesión. Inicia sesión de otra forma y vincúlalo después en tus ajustes.',
  'identities.error.address_in_use':
    'Una cuenta ya tiene tu dirección de correo. Inicia sesión en ella de otra forma y vincula después este inicio de sesión en tus ajustes.',
  'identities.error.no_address': 'El servicio no dio ninguna dirección de correo utilizable. Crea una cuenta de otra forma.',
  'identities.error.identity_taken': 'Este inicio de sesión está vinculado a otra cuenta, o la tuya a otro de ese servicio.',
  'identities.error.account_suspended': 'Esta cuenta está suspendida.',
  'identities.error.other': 'El servicio no confirmó quién eres. Empieza de nuevo.',
} satisfies Translation<typeof identities>;
