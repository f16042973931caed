import type listen from '../en/listen';
import type { Translation } from '../format';

export default {
  'home.title': 'Inicio',
  'home.new': 'Novedades',
  'home.trending': 'Lo más escuchado',
  'home.releases': 'Nuevos lanzamientos',
  'home.empty.title': 'Aún no hay nada que escuchar',
  'home.empty.text': 'La primera pista que se publique aparecerá aquí.',
  'track.plays': { one: '{count} reproducción', many: '{count} de reproducciones', other: '{count} reproducciones' },
} satisfies Translation<typeof listen>;
