import type { Translation } from '../../../../i18n/format';
import type english from './en';

export default {
  'lyrics.title': 'Letra',
  'lyrics.view': 'Mostrar',
  'lyrics.view.text': 'Texto',
  'lyrics.view.timing': 'Tiempos',
  'lyrics.view.preview': 'Vista previa',
  'lyrics.text': 'La letra, línea por línea',
  'lyrics.empty': 'Escribe primero la letra. Después reproduce la pista y toca el botón cuando empiece cada línea.',
  'lyrics.tooMany': 'Una letra tiene como máximo {count} líneas.',
  'lyrics.complete': 'Todas las líneas tienen su tiempo: se pueden seguir al escuchar.',
  'lyrics.untimed': {
    one: '{count} línea aún no tiene tiempo. Hasta que todas lo tengan, solo se ve el texto.',
    many: '{count} líneas aún no tienen tiempo. Hasta que todas lo tengan, solo se ve el texto.',
    other: '{count} líneas aún no tienen tiempo. Hasta que todas lo tengan, solo se ve el texto.',
  },
  'lyrics.early': {
    one: '{count} línea empieza antes que una de arriba.',
    many: '{count} líneas empiezan antes que una de arriba.',
    other: '{count} líneas empiezan antes que una de arriba.',
  },
  'lyrics.discard': 'Descartar los cambios',
  'lyrics.deleted': 'La letra se ha borrado.',
  'lyrics.start': 'Reproducir y marcar',
  'lyrics.tap': 'La línea empieza ahora',
  'lyrics.end': 'Ya han pasado todas las líneas.',
  'lyrics.back': { one: '{count} s atrás', many: '{count} s atrás', other: '{count} s atrás' },
  'lyrics.all': 'Todas las líneas',
  'lyrics.allEarlier': 'Todas las líneas antes',
  'lyrics.allLater': 'Todas las líneas después',
  'lyrics.from': 'Reproducir desde {time}',
  'lyrics.choose': 'Siguiente línea: {line}',
  'lyrics.earlier': 'Antes: {line}',
  'lyrics.later': 'Después: {line}',
  'lyrics.clear': 'Sin tiempo: {line}',
  'lyrics.break': 'Pausa',
} satisfies Translation<typeof english>;
