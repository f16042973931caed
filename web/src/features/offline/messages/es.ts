import type { Translation } from '../../../i18n/format';
import type english from './en';

export default {
  'offline.page': 'Descargas',
  'offline.keep': 'Descargar {title} para escuchar sin red',
  'offline.remove': 'Quitar la descarga de {title}',
  'offline.used': '{used} de {limit} ocupados',
  'offline.limit': 'Como máximo',
  'offline.removeAll': 'Quitar todo',
  'offline.there': '{count} de {total} pistas',
  'offline.problem.limit': 'Se ha alcanzado el límite. Quita algo o permite más.',
  'offline.problem.space': 'No queda espacio en este dispositivo.',
  'offline.problem.failed': 'La descarga se interrumpió. Sigue por sí sola.',
  'offline.empty.title': 'Aún no hay descargas',
  'offline.empty.text':
    'Pulsa la flecha de un lanzamiento, una lista o una pista y sonará también sin red. Al cerrar sesión se quita todo.',
  'offline.unsupported.title': 'No en este navegador',
  'offline.unsupported.text': 'Este navegador no puede guardar música para cuando no hay red.',
} satisfies Translation<typeof english>;
