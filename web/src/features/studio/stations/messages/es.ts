import type { Translation } from '../../../../i18n/format';
import type en from './en';

export default {
  'stations.others': 'Solo el propietario de esta emisora puede cambiarla.',
  'stations.text': 'Una emisora toca tus pistas día y noche, sin codificador.',
  'stations.new': 'Nombre de una emisora nueva',
  'stations.make': 'Crear una emisora',
  'stations.edit': 'Emisora',
  'stations.onAir': 'En antena',
  'stations.onAir.text': 'Todo el mundo puede escuchar.',
  'stations.name': 'Nombre',
  'stations.description': 'Texto',
  'stations.tracks': 'Pistas',
  'stations.tracks.none': 'Sin pistas hay silencio.',
  'stations.jingles': 'Cuñas',
  'stations.jingleEvery': 'Una cuña después de tantas pistas (0: ninguna)',
  'stations.gap': 'Otras pistas antes de que vuelva un artista',
  'stations.zone': 'Zona horaria',
  'stations.remove': 'Quitar {title}',
  'stations.changes': 'El nuevo programa empieza a las {time}.',
  'stations.unplayed': {
    one: '{count} pista no se puede reproducir.',
    many: '{count} pistas no se pueden reproducir.',
    other: '{count} pistas no se pueden reproducir.',
  },
  'stations.show': 'Ver la emisora',
  'stations.save': 'Guardar',
  'stations.saved': 'Se ha guardado la emisora.',
  'stations.report': 'Descargar el informe',
} satisfies Translation<typeof en>;
