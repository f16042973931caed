import type { Translation } from '../../../i18n/format';
import type en from './en';

export default {
  'station.title': 'Emisora',
  'station.list': 'Emisoras',
  'station.list.text': 'Suenan día y noche.',
  'station.badge': 'En antena',
  'station.off': 'Fuera de antena',
  'station.by': 'Emisora de {name}',
  'station.listen': 'Escuchar',
  'station.stop': 'Parar',
  'station.press': 'Pulsa para escuchar',
  'station.silent': 'Ahora no suena nada.',
  'station.refused': 'La emisora no se puede reproducir ahora. Inténtalo más tarde.',
  'station.jingle': 'Cuña',
  'station.gone': 'Una pista que ya no está aquí',
  'station.of': '{at} de {length}',
  'station.next': 'A continuación',
  'station.played': 'Ya ha sonado',
  'station.played.more': 'Mostrar más',
  'station.played.none': 'Todavía no ha sonado nada.',
  'station.share': 'Compartir',
  'station.edit': 'Editar la emisora',
  'station.elsewhere': 'Escuchar en otro sitio',
  'station.elsewhere.text': 'Esta dirección suena en reproductores que conocen HLS, como VLC y mpv.',
  'station.copy': 'Copiar la dirección',
  'station.copied': 'Se ha copiado la dirección.',
} satisfies Translation<typeof en>;
