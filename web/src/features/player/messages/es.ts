import type player from './en';
import type { Translation } from '../../../i18n/format';

export default {
  'player.full': 'Sonando ahora',
  'player.full.view': 'Mostrar',
  'player.full.cover': 'Portada',
  'player.full.lyrics': 'Letra',
  'player.lyrics.none': 'Esta pista no tiene letra.',
  'player.lyrics.failed': 'No se ha podido cargar la letra.',
  'player.lyrics.from': 'Reproducir desde {time}',
  'player.elsewhere': 'Ahora suena en otro dispositivo.',
  'player.resume.label': 'Seguir escuchando',
  'player.resume.from': 'Desde {device}',
  'player.resume.here': 'Seguir aquí',
  'player.sleep.title': 'Temporizador',
  'player.sleep.off': 'Desactivado',
  'player.sleep.track': 'Al final de esta pista',
  'player.sleep.queue': 'Al final de la cola',
  'player.sleep.left': 'La música se detiene en {time}',
  'player.sleep.leftTrack': 'La música se detiene después de esta pista',
  'player.sleep.leftQueue': 'La música se detiene después de la cola',
  'player.comment.at': 'Comentario en {time}',
  'player.comment.field': 'Tu comentario',
  'player.comment.send': 'Enviar',
  'player.comment.sent': 'Tu comentario está en {time}.',
  'player.comment.signIn': 'Inicia sesión para comentar',
  'player.sleep.minutes': { one: '{count} minuto', many: '{count} minutos', other: '{count} minutos' },
} satisfies Translation<typeof player>;
